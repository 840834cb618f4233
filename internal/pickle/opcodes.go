package pickle

// The instructions, as Python's pickletools calls them.
const (
	// protocol 0
	opMark    = '('
	opStop    = '.'
	opPop     = '0'
	opDup     = '2'
	opInt     = 'I'
	opLong    = 'L'
	opFloat   = 'F'
	opNone    = 'N'
	opString  = 'S'
	opUnicode = 'V'
	opAppend  = 'a'
	opSetItem = 's'
	opDict    = 'd'
	opList    = 'l'
	opTuple   = 't'
	opGet     = 'g'
	opPut     = 'p'

	// protocol 1
	opPopMark        = '1'
	opBinInt         = 'J'
	opBinInt1        = 'K'
	opBinInt2        = 'M'
	opBinFloat       = 'G'
	opBinString      = 'T'
	opShortBinString = 'U'
	opBinUnicode     = 'X'
	opEmptyDict      = '}'
	opEmptyList      = ']'
	opEmptyTuple     = ')'
	opAppends        = 'e'
	opSetItems       = 'u'
	opBinGet         = 'h'
	opLongBinGet     = 'j'
	opBinPut         = 'q'
	opLongBinPut     = 'r'

	// protocol 2
	opProto    = 0x80
	opTuple1   = 0x85
	opTuple2   = 0x86
	opTuple3   = 0x87
	opNewTrue  = 0x88
	opNewFalse = 0x89
	opLong1    = 0x8a
	opLong4    = 0x8b

	// protocol 3
	opBinBytes      = 'B'
	opShortBinBytes = 'C'

	// protocol 4
	opShortBinUnicode = 0x8c
	opBinUnicode8     = 0x8d
	opBinBytes8       = 0x8e
	opEmptySet        = 0x8f
	opAddItems        = 0x90
	opFrozenSet       = 0x91
	opMemoize         = 0x94
	opFrame           = 0x95

	// protocol 5
	opByteArray8 = 0x96
)

const maxProtocol = 5

// refused are the instructions that would look up or call something, or take what is not in the pickle.
var refused = map[byte]string{
	'R':  "REDUCE",
	'b':  "BUILD",
	'c':  "GLOBAL",
	'i':  "INST",
	'o':  "OBJ",
	'P':  "PERSID",
	'Q':  "BINPERSID",
	0x81: "NEWOBJ",
	0x82: "EXT1",
	0x83: "EXT2",
	0x84: "EXT4",
	0x92: "NEWOBJ_EX",
	0x93: "STACK_GLOBAL",
	0x97: "NEXT_BUFFER",
	0x98: "READONLY_BUFFER",
}
