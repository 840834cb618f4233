// Package docs is the documentation for those who use slogkit, in the files beside this one. There is no code here but the
// test that the documentation is about code that exists.
package docs
