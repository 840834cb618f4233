module github.com/slogkit-go/slogkit/rotate/faulttest

go 1.26.0

replace github.com/slogkit-go/slogkit => ../..

require (
	github.com/hanwen/go-fuse/v2 v2.12.1
	github.com/slogkit-go/slogkit v0.0.0
)

require (
	go.uber.org/goleak v1.3.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
