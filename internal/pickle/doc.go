// Package pickle is Python's pickle as far as it is data: what logging.handlers.SocketHandler sends of a record, and what
// can be read of it without running code.
//
// [Append] writes the __dict__ of a record as SocketHandler.makePickle does, in protocol 1. A [Decoder] reads protocols 0
// to 5 into a [Dict], whose Map is what slogx.MakeRecord takes. The four bytes of length that go before a pickle on a
// socket are not its business.
//
// A pickle is a program for a stack machine. The Decoder knows the instructions that make None, bool, int, float, str,
// bytes, bytearray, tuple, list, dict, set and frozenset, and those for the stack and the memo. It refuses all that look
// up or call something: GLOBAL, STACK_GLOBAL, REDUCE, BUILD, INST, OBJ, NEWOBJ, NEWOBJ_EX, EXT1 to EXT4, PERSID, BINPERSID,
// and those for buffers outside of the pickle. So it refuses what protocol 1 cannot express without them, which is bytes,
// sets, datetimes and objects of any class.
//
// The pickle may come from a stranger. Its length, the values it pushes, the places of its memo, the digits of an integer,
// and the size and depth of what it describes are limited; the last two are counted as if everything that is referred
// to twice were there twice, since whoever prints it will print it twice. What contains itself is "[...]" or "{...}" where
// it does, as Python prints it.
package pickle
