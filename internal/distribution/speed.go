package distribution

import (
	"sync"
	"time"

	"github.com/skyferry/skyferry/internal/deployment"
)

const (
	// uploadSlack is the part of an upload's life that is not for sending: pauses, retries, and a day whose imports are spent.
	uploadSlack = 24 * time.Hour
	// uploadReserve is how many times as long as reckoned the sending may take.
	uploadReserve = 4
	// partTime is how long one part of an upload shall take at most: pause, cancel and a stop of the console come between parts.
	partTime = 20 * time.Second
	// firstPart is for a line of which nothing is known: at 1 kB/s its end is confirmed before it counts as stalled. No part is smaller
	// than minPart, and none below tells anything.
	firstPart = 128 << 10
	minPart   = 64 << 10
	// maxSpeeds bounds what is kept of deployments that may be gone.
	maxSpeeds = 1000
)

// speeds are how fast uploads to each deployment went lately, in bytes a second.
type speeds struct {
	mu sync.Mutex
	by map[string]float64
}

// note counts the newest part for a third.
func (s *speeds) note(deploymentID string, bytes int64, took time.Duration) {
	if bytes < minPart || took <= 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil || len(s.by) >= maxSpeeds {
		s.by = map[string]float64{}
	}
	now := float64(bytes) / took.Seconds()
	if before, ok := s.by[deploymentID]; ok {
		now = before + (now-before)/3
	}
	s.by[deploymentID] = now
}

// of gives a deployment's speed, 0 when nothing was measured since the start.
func (s *speeds) of(deploymentID string) float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[deploymentID]
}

// uploadLife is how long the tenant shall keep the upload. It counts from its creation, so the sending, and all that may come
// between, must fit in; while nothing was measured it is as long as it may be (qlik-cloud-api.md section 4).
func (r *run) uploadLife() time.Duration {
	speed, set := r.e.speeds.of(r.d.DeploymentID), r.w.Deployment.Limits.UploadLife
	var sending time.Duration
	if speed > 0 {
		sending = time.Duration(min(float64(r.d.Size)/speed, deployment.MaxUploadLife.Seconds()) * float64(time.Second))
	}
	life := uploadSlack + uploadReserve*sending
	switch {
	case set > 0:
		life = max(set, 2*sending)
	case speed == 0:
		life = deployment.MaxUploadLife
	}
	return min(max(life, deployment.MinUploadLife), deployment.MaxUploadLife)
}

// partSize is how many bytes the next call sends: what the deployment says, and on a slow line less.
func (r *run) partSize() int64 {
	n := or(r.w.Deployment.Limits.Chunk > 0, r.w.Deployment.Limits.Chunk, r.e.Chunk)
	return min(n, r.inTime(firstPart), r.d.Size-r.d.Uploaded)
}

// inTime is how many bytes go in the time of one part. unknown is for a line of which nothing is known.
func (r *run) inTime(unknown int64) int64 {
	speed, limit := r.e.speeds.of(r.d.DeploymentID), r.w.Deployment.Limits.Bandwidth
	fits := unknown
	if speed > 0 {
		fits = int64(speed * partTime.Seconds())
	}
	if limit > 0 {
		fits = min(fits, limit*int64(partTime.Seconds()))
	}
	return max(fits, minPart)
}
