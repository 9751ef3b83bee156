package files

import "encoding/binary"

// thriftCheck walks over a value of Thrift's compact protocol, in which Parquet
// writes what it says of itself, and sees to it that the lengths in it are
// those of bytes that are there: the library takes the memory for a list or
// text of any length before it reads it, and running out of memory ends the
// process.
type thriftCheck struct {
	data    []byte
	i       int
	structs int // how many may still be in lists
	broken  bool
}

// maxStructs bounds the structs in lists; the library's take some hundred bytes
// each.
const maxStructs = 1 << 19

// The types of the compact protocol (Thrift, "Thrift compact protocol
// encoding").
const (
	thriftTrue = iota + 1
	thriftFalse
	thriftByte
	thriftI16
	thriftI32
	thriftI64
	thriftDouble
	thriftBinary
	thriftList
	thriftSet
	thriftMap
	thriftStruct
)

// thriftStructEnd returns the length of the struct that data begins with, and
// false where there is none.
func thriftStructEnd(data []byte) (int, bool) {
	c := thriftCheck{data: data, structs: maxStructs}
	c.object(0)
	return c.i, !c.broken
}

func (c *thriftCheck) object(depth int) {
	for !c.broken {
		b := c.byte()
		if b == 0 {
			return
		}
		if b>>4 == 0 {
			c.varint() // the field's number
		}
		if kind := b & 15; kind != thriftTrue && kind != thriftFalse {
			c.value(kind, depth)
		}
	}
}

func (c *thriftCheck) value(kind byte, depth int) {
	if depth > maxNested {
		c.broken = true
	}
	if c.broken {
		return
	}
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		c.skip(1)
	case thriftI16, thriftI32, thriftI64:
		c.varint()
	case thriftDouble:
		c.skip(8)
	case thriftBinary:
		c.skip(c.varint())
	case thriftList, thriftSet:
		b := c.byte()
		n := uint64(b >> 4)
		if n == 15 {
			n = c.varint()
		}
		c.list(n, depth, b&15)
	case thriftMap:
		if n := c.varint(); n > 0 {
			b := c.byte()
			c.list(n, depth, b>>4, b&15)
		}
	case thriftStruct:
		c.object(depth + 1)
	default:
		c.broken = true
	}
}

// list walks over n times values of these types, each of which takes a byte at
// least.
func (c *thriftCheck) list(n uint64, depth int, kinds ...byte) {
	if n > uint64(len(c.data)-c.i) {
		c.broken = true
		return
	}
	for range n {
		for _, kind := range kinds {
			if kind == thriftStruct {
				c.structs--
			}
			if c.structs < 0 {
				c.broken = true
			}
			if c.broken {
				return
			}
			c.value(kind, depth+1)
		}
	}
}

func (c *thriftCheck) byte() byte {
	if c.i >= len(c.data) {
		c.broken = true
		return 0
	}
	c.i++
	return c.data[c.i-1]
}

func (c *thriftCheck) varint() uint64 {
	v, n := binary.Uvarint(c.data[c.i:])
	if n <= 0 {
		c.broken = true
		return 0
	}
	c.i += n
	return v
}

func (c *thriftCheck) skip(n uint64) {
	if n > uint64(len(c.data)-c.i) {
		c.broken = true
		return
	}
	c.i += int(n)
}
