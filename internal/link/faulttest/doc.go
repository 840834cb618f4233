// Package faulttest has no code of its own, only tests: the handlers of packages socketx and syslogx over a network that
// fails, and socketx.Server with clients that do.
//
//	go test ./internal/link/faulttest
//	go test ./internal/link/faulttest -v -run 'TestToxics/reset_peer'
//
// A handler under test is alone in a process, so that its memory, goroutines and descriptors can be told from those of
// the test: the test binary once more, which does what it is told over a pipe. What receives, and what is between (a
// toxiproxy, or network namespaces with iptables, which need Linux and root), is the test's.
//
// Without the right to make namespaces these tests are skipped. With SLOGKIT_REQUIRE_PEERS=1 they fail, unless
// SLOGKIT_NO_NETNS=1 says that the right is missing, and are made with each kind of handler instead of the two that differ
// most.
//
// It is a module of its own because only it needs toxiproxy.
package faulttest
