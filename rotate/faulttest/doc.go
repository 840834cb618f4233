// Package faulttest has no code of its own, only tests: package rotate on a file system that fails.
//
// A loopback file system (FUSE, Linux only) counts what it is asked for and fails the Nth operation. The tests run one
// script for N = 1, 2, 3 and so on until the fault is not reached any more, and look after each run for every record:
//
//	go test ./rotate/faulttest                                       # -short: a part of it
//	go test ./rotate/faulttest -run 'TestFaults/size/ENOSPC$' -n 17  # one run, with all its operations
//
// It is a module of its own because only it needs go-fuse.
package faulttest
