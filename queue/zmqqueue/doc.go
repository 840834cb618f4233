// Package zmqqueue carries records between processes over ZeroMQ: its queues are those of package queue, with one end in
// each process, and the other end may be a Python program that follows the logging cookbook.
//
//	// In each program that logs:
//	handler := queue.NewHandler(zmqqueue.NewPush("tcp://127.0.0.1:5556", nil), nil)
//	defer slogx.Close(handler)
//
//	// In the one that collects:
//	collector := zmqqueue.NewPull("tcp://127.0.0.1:5556", &zmqqueue.ReceiveOptions{Options: zmqqueue.Options{Bind: true}})
//	listener := queue.NewListener(collector, nil, rotate.NewHandler("all.log", nil))
//
// [NewPush] and [NewPull] are for records that matter: each goes to one of the collectors that are there, and waits while
// there is none. [NewPub] and [NewSub] are for those who want to look on: each record goes to every subscriber of the
// moment, and to nobody if there is none. Either end may bind. Endpoints are tcp://host:port and ipc://path, as libzmq has
// them; within a process use a queue.Ring.
//
// It is a module of its own, so that only its users depend on github.com/go-zeromq/zmq4.
//
// # What arrives
//
// ZeroMQ has no acknowledgements: to send is to hand bytes to the system. What PUSH promises is therefore this.
//
//   - What is enqueued while no peer is there waits, bounded in records and bytes (queue.Ring, with all its policies), and
//     arrives in order when one comes. Before each write the Sender asks the system whether the peer has gone, and a write
//     that fails is repeated on a new connection. (On systems other than Unix there is no asking, so that records
//     sent within the moment in which a peer goes may be lost.)
//   - What was sent to a peer that is then killed, and not handled by it before, is lost: what the system holds at either
//     end, which a Sender and a Receiver limit to some 256 KiB each, and what the peer has read ahead, 1,000 records with
//     libzmq (ZMQ_RCVHWM) or ReceiveOptions.Capacity. The test kills a collector, Go's or Python's, with up to 1,000 records
//     on their way: it loses some or all of these, and never one that was enqueued while it was down.
//   - The host of a peer that vanishes without a word is missed within 30 s if nothing is being sent. Otherwise it is when
//     the system will take no more and SendTimeout is over, or when the system gives up, which may take a quarter of an
//     hour. What was sent since is lost.
//   - A record may come twice if the connection broke while it was being written: Stats.Retried counts these.
//   - A peer that ends in order loses nothing: [Receiver.Close] tells the Senders, which stop, and receives what they have
//     sent until then. [Sender.Close] returns when its peers have read everything.
//   - Records of one connection come out in their order. Several peers share the records of a Sender by the batch, and a
//     Receiver takes from all of its peers at the same time.
//
// PUB drops by nature: records that nobody subscribes to, those before a subscription has arrived (the "slow joiner"),
// and those for which a subscriber has no room, 64 writes behind the others. Stats counts them.
//
// # What else it promises
//
//   - Nobody waits for a peer but the Sender's own goroutine. Enqueue waits only if the Ring is full and its Policy says so.
//   - The ErrorHandler is told once of a peer that is away, with the number of records that wait. Attempts go on, at growing
//     intervals, until it is back.
//   - A message that is no record is counted, reported, and costs itself only, whatever is in it: too many frames or bytes,
//     broken JSON, another version. A peer that does not speak ZMTP 3 is disconnected. A Receiver takes at most its Ring's
//     memory, and for each peer some 32 KiB and the message at hand.
//   - Goroutines: one that sends, one that connects or accepts, and one for each peer; two for each subscriber of PUB. They
//     begin with the first record, and Close waits for all. The ErrorHandler is called on one that is its own.
//
// Close a Receiver while its Listener is running, and stop that afterwards: so what was on its way is still handled.
//
// # Security
//
// There is none in the protocol as it is spoken here. CURVE, libzmq's encryption, is not in zmq4, and of PLAIN it has the
// form without the check of the password. So who can connect to an end that binds can send it records, or take them. Bind
// to the loopback interface, or use ipc: the file of the socket is accessible to its owner only. Between hosts use a tunnel
// (WireGuard, ssh, stunnel). The endpoint tcp://*:5556 of the cookbook is open to the world.
//
// # Why the sockets of zmq4 are not used
//
// Only its handshake is. The sockets of v0.17.0 lose messages (of 2,000 sent to a PULL that had gone Send returned an error
// for one), send each PUSH message to all peers instead of one, leave goroutines behind when a PUB is closed, and end the
// program when a peer announces a frame of 2⁶³ bytes.
//
// # Differences from Python's cookbook
//
//   - ZeroMQSocketHandler is queue.Handler with a [Sender], ZeroMQSocketListener queue.Listener with a [Receiver]. A Sender
//     writes what makeLogRecord reads if Encoding is [Python]; a Receiver understands records of both kinds as they come.
//   - The cookbook's listener dies of a message that is no JSON, or of a record that is no dict; here that is an error.
//   - Its handler calls send_json on the caller's thread, which PUSH blocks, for ever if need be, when libzmq has no room;
//     PUB drops in silence. Here that is Enqueue and its Policy.
//   - What is in extra has to be JSON there, or the record is lost with a traceback on stderr.
//   - With linger=0 libzmq loses what it has not sent when the program ends; by default the program does not end before a
//     peer has come. Here CloseTimeout is the limit, and Close says what was lost.
//   - A libzmq peer with ZMQ_HEARTBEAT_IVL gets its PONG when what it sent before has been read: ZMQ_HEARTBEAT_TIMEOUT
//     should allow for a collector that is behind.
package zmqqueue
