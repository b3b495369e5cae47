package repository

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/skyferry/skyferry/internal/fault"
	"github.com/skyferry/skyferry/internal/sandbox/content"
	"github.com/skyferry/skyferry/internal/sandbox/repository/state"
)

// What generated apps are like.
const (
	mostGenerated = 1_000_000
	fillBatch     = 5_000 // in one transaction
	fillSize      = 2_000 // bytes of the file that they share
	fillApart     = time.Second
	everyDraft    = 10 // one in so many is not published
	everyCloud    = 3  // one in so many has the custom property Cloud
)

// Fill makes a large site quickly: it adds apps "Generated 000001" and so on until there are so many of them, and gives their number.
// They share one small file, lie in all streams and belong to all people; their dates are a second apart and in the past, so that
// windows of dates divide them. Subscribers are told nothing, and the log of changes has no line for them.
func (s *Server) Fill(ctx context.Context, apps int) (int, error) {
	if apps < 0 || apps > mostGenerated {
		return 0, fault.Field(fault.Invalid, "apps", "Generate at most %d apps.", mostGenerated)
	}
	got, err := s.fillFile()
	defer s.discard(got)
	if err != nil {
		return 0, err
	}
	for {
		n, err := s.fillSome(got, apps)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil || n >= apps {
			return n, err
		}
	}
}

func (s *Server) fillFile() (received, error) {
	var file bytes.Buffer
	if err := content.WriteQVF(&file, "Generated", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), make([]byte, fillSize)); err != nil {
		return received{}, err
	}
	return s.receive(&file)
}

// fillSome adds the next batch, and gives how many there are by then.
func (s *Server) fillSome(got received, wanted int) (have int, err error) {
	who, err := s.hubCaller()
	if err != nil {
		return 0, err
	}
	err = s.act(who, func(a *act) error {
		text, _, err := state.Meta.Get(a.tx, "generated")
		if err != nil {
			return err
		}
		have, _ = strconv.Atoi(text) // none yet
		f, err := a.filling(got)
		for n := min(fillBatch, wanted-have); err == nil && n > 0; n-- {
			have++
			err = f.add(have)
		}
		a.happened = append(a.happened, happening{What: happenedFill, Did: "filled", Detail: strconv.Itoa(have)})
		if err != nil {
			return err
		}
		return state.Meta.Put(a.tx, "generated", strconv.Itoa(have))
	})
	return have, err
}

// filling is what generated apps need of the site.
type filling struct {
	a       *act
	like    state.Stored
	streams []state.Stream
	users   []state.User
	cloud   *state.Definition
}

func (a *act) filling(got received) (f filling, err error) {
	f = filling{a: a, like: a.newApp("Generated")}
	if err = a.take(&f.like, got); err != nil {
		return f, err
	}
	if f.streams, err = state.Streams.All(a.tx, nil); err != nil {
		return f, err
	}
	if f.users, err = state.Users.All(a.tx, nil); err != nil {
		return f, err
	}
	err = each(a.tx, state.Definitions, func(d state.Definition) error {
		if d.Name == "Cloud" && len(d.ChoiceValues) > 0 {
			f.cloud = &d
		}
		return nil
	})
	return f, err
}

// add stores one generated app. Ids go up, so that the file of state grows at its end.
func (f filling) add(number int) error {
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	app := f.like
	at := state.At(f.a.at.Add(-fillApart * time.Duration(mostGenerated-number)))
	app.Base = state.Base{ID: id.String(), CreatedDate: at, ModifiedDate: at, ModifiedByUserName: f.a.who.user.Account()}
	app.Name, app.LastReloadTime = fmt.Sprintf("Generated %06d", number), at
	if len(f.users) > 0 {
		app.Owner = f.users[number%len(f.users)].Ref()
	}
	if number%everyDraft != 0 && len(f.streams) > 0 {
		stream := f.streams[number%len(f.streams)]
		app.Published, app.PublishTime, app.Stream = true, at, &state.Ref{ID: stream.ID, Name: stream.Name}
	}
	if f.cloud != nil && number%everyCloud == 0 {
		choice := f.cloud.ChoiceValues[number/everyCloud%len(f.cloud.ChoiceValues)]
		app.CustomProperties = []state.PropertyValue{f.a.value(choice, *f.cloud, nil)}
	}
	return state.Apps.Put(f.a.tx, app.ID, app)
}
