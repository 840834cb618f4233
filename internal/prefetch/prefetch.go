// Package prefetch fetches memory before it is needed, where the processor can be told to and it has been measured.
package prefetch
