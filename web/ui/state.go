package ui

// stateLook is how a state looks: its icon, and the class that colours icon and word.
type stateLook struct {
	Icon  IconName
	Class string
}

// stateLooks has the states of deliveries in design.md's words (section 3), and those of deployments.
var stateLooks = map[string]stateLook{
	"distributed":    {IconDone, "good"},
	"ready":          {IconDone, "good"},
	"valid":          {IconDone, "good"},
	"connected":      {IconDone, "good"},
	"failed":         {IconFailed, "bad"},
	"not valid":      {IconFailed, "bad"},
	"paused":         {IconPaused, "warn"},
	"retrying":       {IconRetry, "warn"},
	"warning":        {IconWarn, "warn"},
	"waiting":        {IconClock, "quiet"},
	"exporting":      {IconExport, "working"},
	"uploading":      {IconUpload, "working"},
	"importing":      {IconTray, "working"},
	"placing":        {IconPlace, "working"},
	"left in tenant": {IconArchive, "quiet"},
	"superseded":     {IconNone, "quiet"},
	"cancelled":      {IconNone, "quiet"},
	"disabled":       {IconNone, "quiet"},
	"untried":        {IconNone, "quiet"},
}

func lookOf(state string) stateLook {
	if look, ok := stateLooks[state]; ok {
		return look
	}
	return stateLook{IconNone, "quiet"}
}

// NoPercent is the progress of work whose end is not known.
const NoPercent = -1
