package repository

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// getAbout is GET /qrs/about; the odd date is a real one (section 4).
func (s *Server) getAbout(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"buildVersion": "17.6.4.0", "buildDate": "9/20/2013 10:09:00 AM", "databaseProvider": "Devart.Data.PostgreSql",
		"nodeType": 1, "sharedPersistence": true, "requiresBootstrap": false, "singleNodeOnly": false, "schemaPath": "About"})
}

// getLicense is GET /qrs/license. All of it is invented.
func (s *Server) getLicense(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"id": s.nodeID, "lef": "", "serial": "9999000000001234", "check": "00000", "key": "", "name": "Sandbox", "organization": "Sandbox",
		"product": 0, "numberOfCores": -1, "isExpired": false, "expiredReason": "", "isBlacklisted": false, "isInvalid": false, "isSubscription": true,
		"isCloudServices": false, "isElastic": false, "privileges": nil, "schemaPath": "License"})
}

type enum struct {
	Values []string `json:"values"`
	Usages []string `json:"usages"`
}

func values(names ...string) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = fmt.Sprintf("%d: %s", i, name)
	}
	return list
}

// getEnums is GET /qrs/about/api/enums, for what the sandbox has: only what is a number on the wire, since clients show the name
// behind "number:" in its place.
func getEnums(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]enum{
		"AvailabilityStatusEnum":     {values(state.Availabilities...), []string{"App.AvailabilityStatus"}},
		"NotificationChangeTypeEnum": {values("Undefined", "Add", "Update", "Delete"), []string{"ChangeNotification.ChangeType"}},
		"TaskExecutionStatusEnum":    {values(state.Statuses...), []string{"ExecutionResult.Status"}},
		"TaskTypeEnum":               {values(state.TaskTypes...), []string{"ReloadTask.TaskType"}},
		"RuleContextEnum":            {values(state.RuleContexts...), []string{"SystemRule.RuleContext"}},
	})
}

// getRelations is GET /qrs/about/api/relations.
func getRelations(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, []string{"App.CustomProperties > CustomPropertyValue", "App.Object.App > App", "App.Object.Owner > User", "App.Object.Tags > Tag",
		"App.Owner > User", "App.Stream > Stream", "App.Tags > Tag",
		"CustomPropertyValue.Definition > CustomPropertyDefinition",
		"ReloadTask.App > App", "ReloadTask.CustomProperties > CustomPropertyValue", "ReloadTask.Tags > Tag", "Stream.CustomProperties > CustomPropertyValue", "Stream.Owner > User", "Stream.Tags > Tag",
		"SystemRule.Tags > Tag", "User.CustomProperties > CustomPropertyValue", "User.Tags > Tag"})
}

// describe is GET /qrs/about/api/description: all calls that the sandbox has.
func describe(routes chi.Routes) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		calls := []string{}
		_ = chi.Walk(routes, func(method, path string, _ http.Handler, _ ...func(http.Handler) http.Handler) error { // nothing in it fails
			calls = append(calls, method+" /qrs"+strings.TrimSuffix(strings.ReplaceAll(path, "/*", ""), "/"))
			return nil
		})
		slices.Sort(calls)
		writeJSON(w, http.StatusOK, calls)
	}
}
