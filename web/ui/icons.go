package ui

// IconName names a drawing.
type IconName string

// The drawings. Every state has a shape of its own, so that colour is never the only difference.
const (
	IconDone    IconName = "done"    // ring with a tick
	IconFailed  IconName = "failed"  // octagon with a cross
	IconPaused  IconName = "paused"  // ring with bars
	IconRetry   IconName = "retry"   // turning arrow
	IconClock   IconName = "clock"   // waiting
	IconUpload  IconName = "upload"  // arrow up
	IconTray    IconName = "tray"    // importing
	IconExport  IconName = "export"  // out of a tray
	IconPlace   IconName = "place"   // box with a tick
	IconArchive IconName = "archive" // left in tenant
	IconNone    IconName = "none"    // ring with a line: superseded, cancelled, not reached
	IconWarn    IconName = "warn"    // triangle
	IconInfo    IconName = "info"    // ring with an i
	IconTick    IconName = "tick"    // bare tick
	IconChevron IconName = "chevron" // points down
	IconUp      IconName = "up"      // chevron up
	IconRight   IconName = "right"   // chevron to the right
	IconArrow   IconName = "arrow"   // goes to
	IconPlus    IconName = "plus"
	IconCopy    IconName = "copy"
	IconUndo    IconName = "undo"
	IconSearch  IconName = "search"
	IconClose   IconName = "close"
	IconColumns IconName = "columns"
	IconFilter  IconName = "filter"
	IconMoon    IconName = "moon"
	IconSun     IconName = "sun"
	IconHelp    IconName = "help"
	IconSite    IconName = "site" // server
	IconApps    IconName = "apps"
	IconStream  IconName = "stream"
	IconTag     IconName = "tag"    // custom properties
	IconCloud   IconName = "cloud"  // deployments
	IconPolicy  IconName = "policy" // lines
	IconPulse   IconName = "pulse"  // distribution status, live
	IconUser    IconName = "user"
	IconList    IconName = "list"   // audit
	IconShield  IconName = "shield" // guard
	IconBox     IconName = "box"    // an app somewhere
	IconGrip    IconName = "grip"   // moves a row
	IconOpen    IconName = "open"   // leaves the console
)

const (
	ring    = `<circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" stroke-width="1.5"/>`
	octagon = `<path fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" d="M5.4 1.75h5.2l3.65 3.65v5.2l-3.65 3.65H5.4L1.75 10.6V5.4z"/>`
)

// line draws an open stroke.
func line(d string) string {
	return `<path fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" d="` + d + `"/>`
}

// solid fills a shape.
func solid(d string) string { return `<path fill="currentColor" d="` + d + `"/>` }

var drawings = map[IconName]string{
	IconDone:    ring + line("M5.2 8.2l2 2 3.7-4"),
	IconFailed:  octagon + line("M6 6l4 4M10 6l-4 4"),
	IconPaused:  ring + line("M6.5 5.8v4.4M9.5 5.8v4.4"),
	IconRetry:   line("M13.2 8A5.3 5.3 0 1 1 11 3.7M11.2 1.2v2.9H8.3"),
	IconClock:   ring + line("M8 4.6V8l2.4 1.5"),
	IconUpload:  line("M8 13.5v-11M3.8 6.6L8 2.4l4.2 4.2"),
	IconTray:    line("M8 1.8v7.4M4.9 6.3L8 9.4l3.1-3.1M1.9 10.4v3.2h12.2v-3.2"),
	IconExport:  line("M8 9.4V1.8M4.9 4.9L8 1.8l3.1 3.1M1.9 10.4v3.2h12.2v-3.2"),
	IconPlace:   line("M2.5 2.5h11v11h-11zM5.2 8.2l2 2 3.7-4"),
	IconArchive: line("M1.8 2.5h12.4v3.2H1.8zM3 5.8v7.7h10V5.8M6.3 8.6h3.4"),
	IconNone:    ring + line("M5.2 8h5.6"),
	IconWarn:    line("M8 2.2L14.3 13.5H1.7zM8 6.4v3.1") + solid("M7.2 11.4a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0z"),
	IconInfo:    ring + line("M8 7.4v3.6") + solid("M7.2 5a.8.8 0 1 0 1.6 0A.8.8 0 1 0 7.2 5z"),
	IconTick:    line("M2.8 8.6l3.4 3.4 7-7.6"),
	IconChevron: line("M4 6l4 4 4-4"),
	IconUp:      line("M4 10l4-4 4 4"),
	IconRight:   line("M6 4l4 4-4 4"),
	IconArrow:   line("M2.5 8h11M9.9 4.6L13.4 8l-3.5 3.4"),
	IconPlus:    line("M8 2.5v11M2.5 8h11"),
	IconCopy:    line("M5.2 5.2h8.5v8.5H5.2zM2.8 10.8h-.5V2.3h8.5v.5"),
	IconUndo:    line("M5.4 2.8L2.2 6l3.2 3.2M2.4 6h7.1a3.8 3.8 0 0 1 0 7.6H6"),
	IconSearch:  `<circle cx="6.8" cy="6.8" r="4.6" fill="none" stroke="currentColor" stroke-width="1.5"/>` + line("M10.3 10.3l3.7 3.7"),
	IconClose:   line("M3.5 3.5l9 9M12.5 3.5l-9 9"),
	IconColumns: line("M1.9 2.9h12.2v10.2H1.9zM6 2.9v10.2M10 2.9v10.2"),
	IconFilter:  line("M2 2.8h12L9.6 8.1v4.6l-3.2-1.6v-3z"),
	IconMoon:    line("M13.6 9.6A6 6 0 1 1 6.4 2.4a4.8 4.8 0 0 0 7.2 7.2z"),
	IconSun:     `<circle cx="8" cy="8" r="3" fill="none" stroke="currentColor" stroke-width="1.5"/>` + line("M8 1v1.2M8 13.8V15M1 8h1.2M13.8 8H15M3.05 3.05l.85.85M12.1 12.1l.85.85M12.95 3.05l-.85.85M3.9 12.1l-.85.85"),
	IconHelp:    ring + line("M6.2 6.4a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.6-.8 1.1") + solid("M7.2 11.3a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0z"),
	IconSite:    line("M2.2 2.2h11.6v4.6H2.2zM2.2 9.2h11.6v4.6H2.2zM4.7 4.5h.1M4.7 11.5h.1"),
	IconApps:    line("M2.3 2.3h4.4v4.4H2.3zM9.3 2.3h4.4v4.4H9.3zM2.3 9.3h4.4v4.4H2.3zM9.3 9.3h4.4v4.4H9.3z"),
	IconStream:  line("M1.6 6.2c2.1-2.4 4.3-2.4 6.4-.6s4.3 1.8 6.4-.6M1.6 11c2.1-2.4 4.3-2.4 6.4-.6s4.3 1.8 6.4-.6"),
	IconTag:     line("M2.2 2.2h5.6l6 6-5.6 5.6-6-6zM5.2 5.2h.1"),
	IconCloud:   line("M4.4 12.8a3 3 0 0 1-.3-6 4 4 0 0 1 7.7.5 2.8 2.8 0 0 1-.2 5.5z"),
	IconPolicy:  line("M2.2 3.4h11.6M2.2 8h6.6M2.2 12.6h9"),
	IconPulse:   line("M1.2 8.6h2.9l2-5 3.2 9 1.9-5.6.8 1.6h2.8"),
	IconUser:    `<circle cx="8" cy="5" r="2.9" fill="none" stroke="currentColor" stroke-width="1.5"/>` + line("M2.9 13.9c0-2.7 2-4.3 5.1-4.3s5.1 1.6 5.1 4.3z"),
	IconList:    line("M5.4 3.4h8.8M5.4 8h8.8M5.4 12.6h8.8M2 3.4h.1M2 8h.1M2 12.6h.1"),
	IconShield:  line("M8 1.8l5.2 1.7v4.1c0 3.1-2 5.3-5.2 6.6-3.2-1.3-5.2-3.5-5.2-6.6V3.5z"),
	IconBox:     line("M8 1.7l5.8 3.1v6.4L8 14.3l-5.8-3.1V4.8zM2.4 4.9L8 8l5.6-3.1M8 8v6.2"),
	IconGrip:    solid("M5 3h2v2H5zM9 3h2v2H9zM5 7h2v2H5zM9 7h2v2H9zM5 11h2v2H5zM9 11h2v2H9z"),
	IconOpen:    line("M9.4 2.3h4.3v4.3M13.5 2.5L7.6 8.4M6.6 3.6H2.4v10h10V9.4"),
}
