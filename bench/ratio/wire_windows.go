package main

// wireGroups needs log/syslog, which Windows has not.
func wireGroups(string) []group { return nil }

// httpGroups needs a receiver, which is with the others.
func httpGroups() []group { return nil }
