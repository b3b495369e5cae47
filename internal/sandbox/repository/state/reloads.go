package state

// Status is how far an execution is.
type Status int

// The statuses that the sandbox writes.
const (
	NeverStarted    Status = 0
	Started         Status = 2
	Aborted         Status = 6
	FinishedSuccess Status = 7
	FinishedFail    Status = 8
)

// Statuses are the names of all, by their number.
var Statuses = []string{"NeverStarted", "Triggered", "Started", "Queued", "AbortInitiated", "Aborting", "Aborted", "FinishedSuccess",
	"FinishedFail", "Skipped", "Retry", "Error", "Reset"}

// Names serves filters, where an enum is written by name or number.
func (Status) Names() []string { return Statuses }

// TaskType says what a task does; the sandbox has tasks that reload only, which is 0.
type TaskType int

// TaskTypes are the names of all, by their number.
var TaskTypes = []string{"Reload", "ExternalProgram", "UserSync", "Distribute", "Preload"}

// Names serves filters.
func (TaskType) Names() []string { return TaskTypes }

// UnmarshalJSON takes the name or the number.
func (t *TaskType) UnmarshalJSON(text []byte) error { return unmarshalEnum(text, t, TaskTypes) }

// ExecutionDetail is one line of what an execution says of itself.
type ExecutionDetail struct {
	ID                string   `json:"id"`
	DetailsType       int      `json:"detailsType"`
	Message           string   `json:"message"`
	DetailCreatedDate Date     `json:"detailCreatedDate"`
	Privileges        []string `json:"privileges"`
}

// Execution is the result of a reload, from its beginning.
type Execution struct {
	Base

	TaskID             string            `json:"taskID"`
	ExecutionID        string            `json:"executionID"` // of the session
	AppID              string            `json:"appID"`
	ExecutingNodeID    string            `json:"executingNodeID"`
	ExecutingNodeName  string            `json:"executingNodeName"`
	Status             Status            `json:"status"`
	StartTime          Date              `json:"startTime"`
	StopTime           Date              `json:"stopTime"`
	Duration           int64             `json:"duration"` // milliseconds
	FileReferenceID    string            `json:"fileReferenceID"`
	ScriptLogAvailable bool              `json:"scriptLogAvailable"`
	Details            []ExecutionDetail `json:"details"`
	ScriptLogLocation  string            `json:"scriptLogLocation"`
	ScriptLogSize      int64             `json:"scriptLogSize"`
	Privileges         []string          `json:"privileges"`
	SchemaPath         string            `json:"schemaPath"`
}

// BriefExecution is an execution as lists without "full" and tasks have it: without task and app.
type BriefExecution struct {
	ID                 string            `json:"id"`
	ExecutingNodeName  string            `json:"executingNodeName"`
	Status             Status            `json:"status"`
	StartTime          Date              `json:"startTime"`
	StopTime           Date              `json:"stopTime"`
	Duration           int64             `json:"duration"`
	FileReferenceID    string            `json:"fileReferenceID"`
	ScriptLogAvailable bool              `json:"scriptLogAvailable"`
	Details            []ExecutionDetail `json:"details"`
	ScriptLogLocation  string            `json:"scriptLogLocation"`
	ScriptLogSize      int64             `json:"scriptLogSize"`
	Privileges         []string          `json:"privileges"`
}

// Brief gives the short form.
func (e Execution) Brief() BriefExecution {
	return BriefExecution{ID: e.ID, ExecutingNodeName: e.ExecutingNodeName, Status: e.Status, StartTime: e.StartTime, StopTime: e.StopTime, Duration: e.Duration,
		FileReferenceID: e.FileReferenceID, ScriptLogAvailable: e.ScriptLogAvailable, Details: e.Details, ScriptLogLocation: e.ScriptLogLocation, ScriptLogSize: e.ScriptLogSize, Privileges: e.Privileges}
}

// Operational is how a task went the last time.
type Operational struct {
	ID                  string         `json:"id"`
	LastExecutionResult BriefExecution `json:"lastExecutionResult"`
	NextExecution       Date           `json:"nextExecution"`
	Privileges          []string       `json:"privileges"`
}

// ReloadTask reloads an app. The sandbox has no schedules: a task runs when it is started.
type ReloadTask struct {
	Base

	CustomProperties    []PropertyValue `json:"customProperties"`
	App                 BriefApp        `json:"app"`
	IsManuallyTriggered bool            `json:"isManuallyTriggered"`
	Operational         Operational     `json:"operational"`
	Name                string          `json:"name"`
	TaskType            TaskType        `json:"taskType"`
	Enabled             bool            `json:"enabled"`
	TaskSessionTimeout  int             `json:"taskSessionTimeout"` // minutes
	MaxRetries          int             `json:"maxRetries"`
	Tags                []Ref           `json:"tags"`
	IsPartialReload     bool            `json:"isPartialReload"`
	Privileges          []string        `json:"privileges"`
	SchemaPath          string          `json:"schemaPath"`
}

// BriefReloadTask is a task as lists without "full" have it.
type BriefReloadTask struct {
	ID                 string   `json:"id"`
	Name               string   `json:"name"`
	TaskType           TaskType `json:"taskType"`
	Enabled            bool     `json:"enabled"`
	TaskSessionTimeout int      `json:"taskSessionTimeout"`
	MaxRetries         int      `json:"maxRetries"`
	Privileges         []string `json:"privileges"`
}

// Brief gives the short form.
func (t ReloadTask) Brief() BriefReloadTask {
	return BriefReloadTask{ID: t.ID, Name: t.Name, TaskType: t.TaskType, Enabled: t.Enabled, TaskSessionTimeout: t.TaskSessionTimeout, MaxRetries: t.MaxRetries, Privileges: t.Privileges}
}
