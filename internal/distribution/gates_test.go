package distribution

import (
	"context"
	"io"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
	"github.com/skyferry/skyferry/internal/policy"
	"github.com/skyferry/skyferry/internal/tenant"
)

// The gated types let the engine die before and after each call that it makes.

type gatedIndex struct{ w *world }

func (g gatedIndex) SpoolEntries(ctx context.Context) ([]SpoolEntry, error) {
	return g.w.store.SpoolEntries(ctx)
}

func (g gatedIndex) ExportWanted(ctx context.Context, appID string) (bool, error) {
	return g.w.store.ExportWanted(ctx, appID)
}

func (g gatedIndex) PutSpoolEntry(ctx context.Context, e SpoolEntry) error {
	g.w.gate()
	defer g.w.gate()
	return g.w.store.PutSpoolEntry(ctx, e)
}

func (g gatedIndex) DropSpoolEntry(ctx context.Context, key string) error {
	return g.w.store.DropSpoolEntry(ctx, key)
}

type gatedStore struct {
	*fakeStore
	w *world
}

func (g gatedStore) DecideEvent(ctx context.Context, id string, plan func(Situation) Plan) (bool, error) {
	g.w.gate()
	defer g.w.gate()
	return g.fakeStore.DecideEvent(ctx, id, plan)
}

func (g gatedStore) LoadWork(ctx context.Context, id string, ticket int64) (Work, error) {
	g.w.gate()
	defer g.w.gate()
	return g.fakeStore.LoadWork(ctx, id, ticket)
}

func (g gatedStore) Policies(ctx context.Context) ([]policy.Policy, error) {
	g.w.gate()
	return g.fakeStore.Policies(ctx)
}

func (g gatedStore) BeginSpace(ctx context.Context, tenantID, name string) error {
	g.w.gate()
	defer g.w.gate()
	return g.fakeStore.BeginSpace(ctx, tenantID, name)
}

func (g gatedStore) FinishSpace(ctx context.Context, deploymentID, tenantID, name string, made bool) error {
	g.w.gate()
	defer g.w.gate()
	return g.fakeStore.FinishSpace(ctx, deploymentID, tenantID, name, made)
}

func (g gatedStore) Save(ctx context.Context, d Delivery, a Attempt) error {
	g.w.gate()
	defer g.w.gate()
	return g.fakeStore.Save(ctx, d, a)
}

func (g gatedStore) BeginImport(ctx context.Context, d Delivery, a Attempt, tenantID string, allowed int) (bool, error) {
	g.w.gate()
	defer g.w.gate()
	return g.fakeStore.BeginImport(ctx, d, a, tenantID, allowed)
}

func (g gatedStore) TakeBackImport(ctx context.Context, tenantID string, at, spentUntil time.Time) error {
	g.w.gate()
	defer g.w.gate()
	return g.fakeStore.TakeBackImport(ctx, tenantID, at, spentUntil)
}

func (g gatedStore) Place(ctx context.Context, d Delivery, a Attempt, p Placement) error {
	g.w.gate()
	defer g.w.gate()
	return g.fakeStore.Place(ctx, d, a, p)
}

func (g gatedStore) Overtake(ctx context.Context, d Delivery, settled time.Time) (bool, error) {
	g.w.gate()
	defer g.w.gate()
	return g.fakeStore.Overtake(ctx, d, settled)
}

func (g gatedStore) BindTenant(ctx context.Context, id, tenantID string) error {
	g.w.gate()
	defer g.w.gate()
	return g.fakeStore.BindTenant(ctx, id, tenantID)
}

func (g gatedStore) SavePaused(ctx context.Context, d Delivery, a Attempt, p deployment.Pause) error {
	g.w.gate()
	defer g.w.gate()
	return g.fakeStore.SavePaused(ctx, d, a, p)
}

type gatedTenant struct {
	f *fakeTenant
	w *world
}

func (g gatedTenant) TenantID(ctx context.Context) (string, error) {
	g.w.gate()
	return g.f.TenantID(ctx)
}

func (g gatedTenant) CreateUpload(ctx context.Context, name string, size int64, ttl time.Duration) (string, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.CreateUpload(ctx, name, size, ttl)
}

func (g gatedTenant) UploadOffset(ctx context.Context, url string) (int64, error) {
	g.w.gate()
	return g.f.UploadOffset(ctx, url)
}

func (g gatedTenant) UploadChunk(ctx context.Context, url string, offset int64, body io.Reader, n int64) (int64, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.UploadChunk(ctx, url, offset, body, n)
}

func (g gatedTenant) ImportStagedFile(ctx context.Context, appID, name string, file tenant.File) (tenant.App, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.ImportStagedFile(ctx, appID, name, file)
}

func (g gatedTenant) ImportNewFile(ctx context.Context, name, spaceID string, file tenant.File) (tenant.App, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.ImportNewFile(ctx, name, spaceID, file)
}

func (g gatedTenant) ImportStaged(ctx context.Context, appID, name, fileID string) (tenant.App, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.ImportStaged(ctx, appID, name, fileID)
}

func (g gatedTenant) ImportNew(ctx context.Context, name, fileID, spaceID string) (tenant.App, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.ImportNew(ctx, name, fileID, spaceID)
}

func (g gatedTenant) App(ctx context.Context, id string) (tenant.App, error) {
	g.w.gate()
	return g.f.App(ctx, id)
}

func (g gatedTenant) SetAttributes(ctx context.Context, id, name, description string) (tenant.App, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.SetAttributes(ctx, id, name, description)
}

func (g gatedTenant) DeleteApp(ctx context.Context, id string) error {
	g.w.gate()
	defer g.w.gate()
	return g.f.DeleteApp(ctx, id)
}

func (g gatedTenant) Publish(ctx context.Context, id, spaceID, name, description string) (tenant.App, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.Publish(ctx, id, spaceID, name, description)
}

func (g gatedTenant) Republish(ctx context.Context, id, targetID, name, description string) (tenant.App, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.Republish(ctx, id, targetID, name, description)
}

func (g gatedTenant) FindApps(ctx context.Context, f tenant.AppFilter) ([]tenant.App, error) {
	g.w.gate()
	return g.f.FindApps(ctx, f)
}

func (g gatedTenant) Space(ctx context.Context, id string) (tenant.Space, error) {
	g.w.gate()
	return g.f.Space(ctx, id)
}

func (g gatedTenant) FindSpace(ctx context.Context, name, kind string) (tenant.Space, bool, error) {
	g.w.gate()
	return g.f.FindSpace(ctx, name, kind)
}

func (g gatedTenant) CreateSpace(ctx context.Context, name, kind, description string) (tenant.Space, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.CreateSpace(ctx, name, kind, description)
}

func (g gatedTenant) AddSpaceMember(ctx context.Context, spaceID string, m tenant.SpaceMember) error {
	g.w.gate()
	defer g.w.gate()
	return g.f.AddSpaceMember(ctx, spaceID, m)
}

func (g gatedTenant) SetSpace(ctx context.Context, id, spaceID string) (tenant.App, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.SetSpace(ctx, id, spaceID)
}

func (g gatedTenant) SetOwner(ctx context.Context, id, userID string) (tenant.App, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.SetOwner(ctx, id, userID)
}

func (g gatedTenant) FindUser(ctx context.Context, field, value string) (tenant.User, bool, error) {
	g.w.gate()
	return g.f.FindUser(ctx, field, value)
}

func (g gatedTenant) FindGroup(ctx context.Context, name string) (tenant.Group, bool, error) {
	g.w.gate()
	return g.f.FindGroup(ctx, name)
}

func (g gatedTenant) AppMemory(ctx context.Context) (int64, error) {
	g.w.gate()
	return g.f.AppMemory(ctx)
}

func (g gatedTenant) Item(ctx context.Context, appID string) (tenant.Item, bool, error) {
	g.w.gate()
	return g.f.Item(ctx, appID)
}

func (g gatedTenant) FindCollection(ctx context.Context, name string) (tenant.Collection, bool, error) {
	g.w.gate()
	return g.f.FindCollection(ctx, name)
}

func (g gatedTenant) CreateCollection(ctx context.Context, name string) (tenant.Collection, error) {
	g.w.gate()
	defer g.w.gate()
	return g.f.CreateCollection(ctx, name)
}

func (g gatedTenant) AddToCollection(ctx context.Context, collectionID, itemID string) error {
	g.w.gate()
	defer g.w.gate()
	return g.f.AddToCollection(ctx, collectionID, itemID)
}

func (g gatedTenant) RemoveFromCollection(ctx context.Context, collectionID, itemID string) error {
	g.w.gate()
	defer g.w.gate()
	return g.f.RemoveFromCollection(ctx, collectionID, itemID)
}
