//go:build linux

package faulttest

import (
	"context"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"github.com/slogkit-go/slogkit/internal/testkit"
)

// op is a kind of operation, as the kernel asks for it.
type op string

const (
	opLookup  op = "lookup" // what Lstat begins with
	opGetattr op = "getattr"
	opOpen    op = "open"
	opCreate  op = "create"
	opRead    op = "read"
	opWrite   op = "write"
	opFsync   op = "fsync" // of a file or a directory
	opClose   op = "close"
	opSetattr op = "setattr" // chmod, truncate, utimes
	opRename  op = "rename"
	opUnlink  op = "unlink"
	opLink    op = "link"
	opSymlink op = "symlink"
	opReadlnk op = "readlink"
	opMkdir   op = "mkdir"
	opRmdir   op = "rmdir"
	opOpendir op = "opendir"
	opReaddir op = "readdir"
)

var (
	lookOps = []op{opLookup, opGetattr}
	openOps = []op{opOpen, opCreate, opOpendir}
)

// always is how long a fault lasts that only clear ends.
const always = math.MaxInt

// fault says which operations fail, and how. The Nth is counted among those of its kinds.
type fault struct {
	name  string
	errno syscall.Errno // 0, if halve: the rest of the write succeeds
	kinds []op          // nil: all but lookOps
	times int           // how many in a row, or always; 0: 1
	halve bool          // the Nth write takes half of its bytes, those after it fail
}

func (f *fault) concerns(kind op) bool {
	switch {
	case f.halve:
		return kind == opWrite
	case f.kinds != nil:
		return slices.Contains(f.kinds, kind)
	default:
		return !slices.Contains(lookOps, kind)
	}
}

// verdict says what becomes of the countth operation when the nth is to fail: an errno, or half of a write.
func (f *fault) verdict(count, n int) (errno syscall.Errno, half bool) {
	if f.halve && count == n {
		return 0, true
	}
	if f.halve {
		n++
	}
	if count >= n && count-n < max(f.times, 1) {
		return f.errno, false
	}
	return 0, false
}

// faultFS is a directory that fails.
type faultFS struct {
	dir     string // where it is mounted
	backing string // where its files are; whoever looks there is not counted

	mu       sync.Mutex
	fault    *fault // nil: none
	n        int
	count    int      // operations of the kinds of fault since arm
	injected []string // what failed, and how
	trace    []string
}

// arm has the nth operation from now on fail.
func (f *faultFS) arm(what *fault, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault, f.n, f.count, f.injected, f.trace = what, n, 0, nil, nil
}

// clear ends the fault.
func (f *faultFS) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault != nil {
		f.trace = append(f.trace, "(the fault ends)")
	}
	f.fault = nil
}

// happened returns what was injected since arm, whether the nth operation was reached, and all operations.
func (f *faultFS) happened() (injected []string, reached bool, trace []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.injected), f.count >= f.n, slices.Clone(f.trace)
}

// asked notes an operation, and decides about it.
func (f *faultFS) asked(kind op, name string) (errno syscall.Errno, half bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	line := fmt.Sprintf("%s %s", kind, name)
	if f.fault != nil && f.fault.concerns(kind) {
		f.count++
		errno, half = f.fault.verdict(f.count, f.n)
		line = fmt.Sprintf("%d %s", f.count, line)
		how := errno.Error()
		if half {
			how = "half of it"
		}
		if errno != 0 || half {
			line += ": " + how
			f.injected = append(f.injected, fmt.Sprintf("%s %s: %s", kind, name, how))
		}
	}
	f.trace = append(f.trace, line)
	return errno, half
}

func (f *faultFS) fails(kind op, name string) syscall.Errno {
	errno, _ := f.asked(kind, name)
	return errno
}

// mount mounts a faultFS until the test ends.
func mount(t *testing.T) *faultFS {
	t.Helper()
	f := &faultFS{dir: t.TempDir(), backing: t.TempDir()}
	var st syscall.Stat_t
	if err := syscall.Stat(f.backing, &st); err != nil {
		t.Fatal(err)
	}
	data := &fs.LoopbackRoot{Path: f.backing, Dev: st.Dev}
	root := &node{LoopbackNode: fs.LoopbackNode{RootData: data}, faults: f}
	data.RootNode = root
	opts := &fs.Options{Logger: log.New(io.Discard, "", 0)} // no timeouts: the kernel keeps no attributes and no names
	opts.MountOptions = fuse.MountOptions{
		FsName: "faultfs", Name: "faultfs", DirectMountStrict: true, DisableXAttrs: true, Logger: opts.Logger,
		MaxWrite: 16 << 10, // the size of buffers, of which the race detector has many made
	}
	server, err := fs.Mount(f.dir, root, opts)
	if err != nil {
		missing(t, "FUSE cannot be mounted: %v", err)
	}
	mounted.Store(f.dir, true)
	t.Cleanup(func() {
		mounted.Delete(f.dir)
		// A process that ends with a file open here would ask for its close, which nobody answers any more.
		for fd := range openBelow(f.dir) {
			_ = syscall.Close(fd)
		}
		if err := server.Unmount(); err != nil {
			t.Error("unmount:", err)
		}
	})
	return f
}

// mounted are the directories that are served now.
var mounted sync.Map

// abortAll has all requests fail: a process that ends while it waits for itself to answer one would never be gone.
func abortAll() {
	mounted.Range(func(dir, _ any) bool {
		_ = syscall.Unmount(dir.(string), syscall.MNT_FORCE)
		return true
	})
}

// openBelow returns the descriptors of this process, with names, that are open on something in dir.
func openBelow(dir string) map[int]string {
	const fds = "/proc/self/fd"
	open := map[int]string{}
	entries, _ := os.ReadDir(fds)
	for _, e := range entries {
		name, err := os.Readlink(filepath.Join(fds, e.Name()))
		rest, below := strings.CutPrefix(name, dir+"/")
		if fd, _ := strconv.Atoi(e.Name()); err == nil && below {
			open[fd] = rest
		}
	}
	return open
}

// missing skips a test that needs something the system does not have, unless it must not be skipped.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if testkit.PeersRequired() && os.Getenv("SLOGKIT_NO_MOUNT") != "1" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// node is a file or a directory.
type node struct {
	fs.LoopbackNode
	faults *faultFS
}

// WrapChild makes all nodes what the root is.
func (n *node) WrapChild(context.Context, fs.InodeEmbedder) fs.InodeEmbedder {
	return &node{LoopbackNode: fs.LoopbackNode{RootData: n.RootData}, faults: n.faults}
}

// name is what the trace calls n.
func (n *node) name() string { return filepath.Base(n.Path(nil)) }

func (n *node) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if n.IsRoot() { // where no files are
		return n.LoopbackNode.Lookup(ctx, name, out)
	}
	if errno := n.faults.fails(opLookup, name); errno != 0 {
		return nil, errno
	}
	return n.LoopbackNode.Lookup(ctx, name, out)
}

func (n *node) Getattr(ctx context.Context, f fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	if !n.IsDir() {
		if errno := n.faults.fails(opGetattr, n.name()); errno != 0 {
			return errno
		}
	}
	if h, ok := f.(*handle); ok {
		return h.Getattr(ctx, out)
	}
	return n.LoopbackNode.Getattr(ctx, nil, out)
}

func (n *node) Setattr(ctx context.Context, f fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	if errno := n.faults.fails(opSetattr, n.name()); errno != 0 {
		return errno
	}
	if h, ok := f.(*handle); ok {
		return n.LoopbackNode.Setattr(ctx, h.LoopbackFile, in, out)
	}
	return n.LoopbackNode.Setattr(ctx, nil, in, out)
}

func (n *node) Open(ctx context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if errno := n.faults.fails(opOpen, n.name()); errno != 0 {
		return nil, 0, errno
	}
	f, _, errno := n.LoopbackNode.Open(ctx, flags)
	return n.handle(n.name(), f, errno)
}

func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	if errno := n.faults.fails(opCreate, name); errno != 0 {
		return nil, nil, 0, errno
	}
	inode, f, _, errno := n.LoopbackNode.Create(ctx, name, flags, mode, out)
	h, flags, errno := n.handle(name, f, errno)
	return inode, h, flags, errno
}

// handle makes each read and write of an open file arrive here.
func (n *node) handle(name string, f fs.FileHandle, errno syscall.Errno) (fs.FileHandle, uint32, syscall.Errno) {
	if errno != 0 {
		return nil, 0, errno
	}
	return &handle{f.(*fs.LoopbackFile), name, n.faults}, fuse.FOPEN_DIRECT_IO, 0
}

func (n *node) Rename(ctx context.Context, name string, to fs.InodeEmbedder, newName string, flags uint32) syscall.Errno {
	if errno := n.faults.fails(opRename, name+" to "+newName); errno != 0 {
		return errno
	}
	return n.LoopbackNode.Rename(ctx, name, to, newName, flags)
}

func (n *node) Unlink(ctx context.Context, name string) syscall.Errno {
	if errno := n.faults.fails(opUnlink, name); errno != 0 {
		return errno
	}
	return n.LoopbackNode.Unlink(ctx, name)
}

func (n *node) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := n.faults.fails(opLink, name); errno != 0 {
		return nil, errno
	}
	return n.LoopbackNode.Link(ctx, target, name, out)
}

func (n *node) Symlink(ctx context.Context, target, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := n.faults.fails(opSymlink, name); errno != 0 {
		return nil, errno
	}
	return n.LoopbackNode.Symlink(ctx, target, name, out)
}

func (n *node) Readlink(ctx context.Context) ([]byte, syscall.Errno) {
	if errno := n.faults.fails(opReadlnk, n.name()); errno != 0 {
		return nil, errno
	}
	return n.LoopbackNode.Readlink(ctx)
}

func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if errno := n.faults.fails(opMkdir, name); errno != 0 {
		return nil, errno
	}
	return n.LoopbackNode.Mkdir(ctx, name, mode, out)
}

func (n *node) Rmdir(ctx context.Context, name string) syscall.Errno {
	if errno := n.faults.fails(opRmdir, name); errno != 0 {
		return errno
	}
	return n.LoopbackNode.Rmdir(ctx, name)
}

// Tmpfile would be a file without a name.
func (n *node) Tmpfile(context.Context, uint32, uint32, *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	return nil, nil, 0, syscall.EOPNOTSUPP
}

// CopyFileRange has the kernel read and write instead.
func (n *node) CopyFileRange(context.Context, fs.FileHandle, uint64, *fs.Inode, fs.FileHandle, uint64, uint64, uint64) (uint32, syscall.Errno) {
	return 0, syscall.EOPNOTSUPP
}

func (n *node) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	return n.faults.fails(opFsync, n.name()) // nothing here outlives a crash
}

func (n *node) OpendirHandle(ctx context.Context, _ uint32) (fs.FileHandle, uint32, syscall.Errno) {
	if errno := n.faults.fails(opOpendir, n.name()); errno != 0 {
		return nil, 0, errno
	}
	return &dirHandle{node: n}, 0, 0
}

// dirHandle is an open directory, read when it is read first.
type dirHandle struct {
	node   *node
	stream fs.DirStream
}

func (d *dirHandle) Readdirent(ctx context.Context) (*fuse.DirEntry, syscall.Errno) {
	if d.stream == nil {
		errno := d.node.faults.fails(opReaddir, d.node.name())
		if errno == 0 {
			d.stream, errno = d.node.LoopbackNode.Readdir(ctx)
		}
		if errno != 0 {
			return nil, errno
		}
	}
	if !d.stream.HasNext() {
		return nil, 0
	}
	e, errno := d.stream.Next()
	return &e, errno
}

func (d *dirHandle) Releasedir(context.Context, uint32) {
	if d.stream != nil {
		d.stream.Close()
	}
}

// handle is an open file.
type handle struct {
	*fs.LoopbackFile
	name   string
	faults *faultFS
}

func (h *handle) Read(ctx context.Context, buf []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	if errno := h.faults.fails(opRead, h.name); errno != 0 {
		return nil, errno
	}
	return h.LoopbackFile.Read(ctx, buf, off)
}

func (h *handle) Write(ctx context.Context, data []byte, off int64) (uint32, syscall.Errno) {
	errno, half := h.faults.asked(opWrite, h.name)
	if errno != 0 {
		return 0, errno
	}
	if half && len(data) > 1 {
		data = data[:len(data)/2]
	}
	return h.LoopbackFile.Write(ctx, data, off)
}

// Writev arrives as Write.
func (h *handle) Writev(ctx context.Context, data [][]byte, off int64) (uint32, syscall.Errno) {
	return h.Write(ctx, slices.Concat(data...), off)
}

func (h *handle) Flush(context.Context) syscall.Errno { return h.faults.fails(opClose, h.name) }
