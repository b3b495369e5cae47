package deployments

// known is how sure a cell of the table is.
type known string

// The marks of the cells. What Qlik does not document and nobody has seen stays unknown.
const (
	documented known = "documented"
	seen       known = "seen in the sandbox"
	unknown    known = "unknown"
)

// fact is one cell.
type fact struct {
	Text string
	Mark known
}

// difference is one row of Staged | Managed space.
type difference struct {
	What            string
	Staged, Managed fact
}

// differences come from what Qlik has published, and from nowhere else.
var differences = []difference{
	{"View-only", fact{"Yes: it is changed at the site only", documented}, fact{"", unknown}},
	{"Reload in the tenant", fact{"No", documented}, fact{"", unknown}},
	{"Script visible", fact{"The data model viewer is hidden for everyone; of the script nothing is said", documented}, fact{"", unknown}},
	{"Community sheets", fact{"Published ones travel, private ones do not", documented}, fact{"", unknown}},
	{"User content kept", fact{"What users made there stays at a refresh, said an older page", documented}, fact{"", unknown}},
	{"Owner", fact{"None", documented}, fact{"Whoever signs in, or the user chosen here", seen}},
	{"Collections", fact{"The custom property Tags becomes tags", documented}, fact{"Tags and the custom property Tags become public collections", seen}},
}
