// Package zstd compresses the backups of package rotate with Zstandard (RFC 8878).
//
//	handler := rotate.NewHandler("app.log", &rotate.Options{
//		MaxBytes:    10 << 20,
//		BackupCount: 5, // app.log.1.zst ... app.log.5.zst
//		Compressor:  zstd.Default,
//	})
//
// It is a module of its own, so that only its users depend on github.com/klauspost/compress, a Zstandard in pure Go.
//
// # What it promises
//
//   - A backup is one frame with a checksum of its content (RFC 8878, section 3.1.1), which any decoder reads: zstdcat,
//     zstdgrep, zstd -d.
//   - There is no goroutine.
//
// # What it costs
//
// Memory while a backup is compressed, whatever its size: 3 MiB with [Fastest], 4 MiB with [Default], 7 MiB with
// [Better], 37 MiB with [Best]. A Writer of package rotate compresses one backup at a time, and keeps none of this
// afterwards. The window is 1 MiB, which is what a decoder needs.
//
// Backups of another extension, such as those that [rotate.Gzip] made before, are not touched any more: whoever changes
// the Compressor deletes them.
//
// # Differences from Python
//
// Python's handlers compress nothing; the rotator of its cookbook does, while all that log wait.
package zstd
