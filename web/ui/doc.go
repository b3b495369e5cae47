// Package ui is the console's design system: the page layout, and the components that screens are made of. Everything is
// rendered on the server and works without scripts; static/js only makes it more pleasant. README.md lists the components.
//
// A component without content of its own is a struct that renders itself: @ui.Field{Name: "name", Label: "Name"}. A
// component that holds content is a templ function: @ui.Card("Title", "") { ... }.
//
// The content security policy allows no inline script and no inline style, so no component may write either.
package ui
