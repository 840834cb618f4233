// Package testkit is what the tests of several packages need: certificates, an ErrorHandler that remembers, a buffer for
// several goroutines, golden files, peers, child processes, waiting with a deadline, a look for goroutines that are left
// behind. Only tests import it.
//
// It knows log/slog but no package of this module, so that the tests of every one of them can use it, those inside a
// package too.
//
// Importing it gives a test's binary the flag -update; see [Golden].
package testkit
