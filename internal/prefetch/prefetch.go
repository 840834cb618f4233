// Package prefetch fetches memory into the cache before it is needed: on amd64, where it has been measured. Elsewhere it does
// nothing.
package prefetch
