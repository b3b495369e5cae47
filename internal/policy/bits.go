package policy

import "math/bits"

// Bits has one bit for each app of an Apps, by its number. Bits of different Apps do not go together.
type Bits []uint64

// newBits makes bits for n apps, all 0.
func newBits(n int) Bits { return make(Bits, (n+63)/64) }

func (b Bits) put(i int, in bool) {
	if in {
		b[i/64] |= 1 << (i % 64)
		return
	}
	b[i/64] &^= 1 << (i % 64)
}

func (b Bits) putAll(numbers []int32) {
	for _, i := range numbers {
		b[i/64] |= 1 << (i % 64)
	}
}

// Has says whether the app with this number is in.
func (b Bits) Has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

// Count counts the apps that are in.
func (b Bits) Count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// Or puts the apps of another in.
func (b Bits) Or(other Bits) {
	for i, w := range other {
		b[i] |= w
	}
}

// And keeps the apps that are in another, too.
func (b Bits) And(other Bits) {
	for i, w := range other {
		b[i] &= w
	}
}

// AndNot takes the apps of another out.
func (b Bits) AndNot(other Bits) {
	for i, w := range other {
		b[i] &^= w
	}
}

// Minus gives the apps that are in and not in another.
func (b Bits) Minus(other Bits) Bits {
	out := append(Bits(nil), b...)
	out.AndNot(other)
	return out
}

// Each calls do with the number of each app that is in, in their order.
func (b Bits) Each(do func(i int)) {
	for at, w := range b {
		for ; w != 0; w &= w - 1 {
			do(at*64 + bits.TrailingZeros64(w))
		}
	}
}
