package policy

// Matrix gives, for each target, the apps that go there: granted by any policy, forbidden by no guard, published.
func (s *Set) Matrix(apps *Apps, targets []Target) []Bits {
	apps.mu.Lock()
	defer apps.mu.Unlock()
	matrix := make([]Bits, len(targets))
	for i, t := range targets {
		matrix[i] = union(s.grants, apps, t)
		if len(s.guards) > 0 {
			matrix[i].AndNot(union(s.guards, apps, t))
		}
	}
	return matrix
}

// Row tells for one app where it goes, by its number: goes has room for each target. It allocates nothing.
func (s *Set) Row(apps *Apps, i int, targets []Target, goes []bool) {
	apps.mu.Lock()
	defer apps.mu.Unlock()
	env := apps.envs[i]
	for n, t := range targets {
		goes[n] = false
		if env == nil || !env.app.Published() {
			continue
		}
		env.aim(t)
		goes[n] = s.sends(env) != nil
	}
}

// Granted gives the published apps that any policy sends to the target, whatever the guards say.
func (s *Set) Granted(apps *Apps, t Target) Bits {
	apps.mu.Lock()
	defer apps.mu.Unlock()
	return union(s.grants, apps, t)
}

// Guarded gives the published apps that a guard keeps from the target.
func (s *Set) Guarded(apps *Apps, t Target) Bits {
	apps.mu.Lock()
	defer apps.mu.Unlock()
	return union(s.guards, apps, t)
}

// union gives the published apps for which any of the policies is true.
func union(of []compiled, a *Apps, t Target) Bits {
	sum := newBits(len(a.apps))
	for _, p := range of {
		x := p.formula.over(a, t)
		switch {
		case x.no:
		case !p.filter.all:
			p.filter.each(a, func(i int) { sum.put(i, sum.Has(i) || x.yes || x.bits != nil && x.bits.Has(i)) })
		case x.yes:
			return append(sum[:0], a.published...)
		default:
			sum.Or(x.bits)
		}
	}
	sum.And(a.published)
	return sum
}

// each calls do for the apps that the filter names.
func (f Filter) each(a *Apps, do func(i int)) {
	for id := range f.ids {
		if i, ok := a.numbers[id]; ok {
			do(i)
		}
	}
}
