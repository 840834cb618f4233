module github.com/slogkit-go/slogkit/rotate/zstd

go 1.26.0

replace github.com/slogkit-go/slogkit => ../..

require (
	github.com/klauspost/compress v1.20.3
	github.com/slogkit-go/slogkit v0.0.0
)

require (
	go.uber.org/goleak v1.3.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)
