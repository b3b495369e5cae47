// How the editor looks, in the console's tokens.
import { EditorView } from "@codemirror/view";
import { StyleModule } from "style-mod";

// The content security policy allows no style elements; sheets that a script makes are no elements.
StyleModule.mount = (root, modules) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(modules.map((module) => module.getRules()).join("\n"));
  root.adoptedStyleSheets = [sheet];
};

const squiggle = (colour) => ({ background: "none", textDecoration: `underline wavy ${colour}`, textDecorationSkipInk: "none", textUnderlineOffset: "3px", paddingBottom: "0" });
const popup = { border: "1px solid var(--line-2)", borderRadius: "4px", backgroundColor: "var(--surface)", color: "var(--ink)", boxShadow: "var(--shadow-over)" };

export const theme = EditorView.theme({
  "&": { border: "1px solid var(--field)", borderRadius: "4px", backgroundColor: "var(--surface)", color: "var(--ink)", maxHeight: "364px" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", fontSize: "13px", lineHeight: "22px" },
  ".cm-content": { padding: "5px 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 10px 0 6px" },
  ".cm-gutters": { border: "0", borderRadius: "4px 0 0 4px", backgroundColor: "transparent", color: "var(--ink-3)" },
  ".cm-lineNumbers .cm-gutterElement": { minWidth: "26px", padding: "0 6px 0 8px" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)", outline: "1px solid var(--accent)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "var(--bad-soft)", outline: "1px solid var(--bad-line)" },
  ".cm-lintRange-error": squiggle("var(--bad)"),
  ".cm-lintRange-warning": squiggle("var(--warn)"),
  ".cm-lintRange-active": { backgroundColor: "var(--hover)" },
  ".cm-tooltip": popup,
  ".cm-diagnostic": { maxWidth: "460px", padding: "8px 12px", borderLeft: "3px solid var(--bad)", font: "13px/18px var(--text)", whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-diagnosticAction": { display: "block", minHeight: "28px", margin: "6px 0 0", padding: "3px 10px", border: "1px solid var(--line-2)", borderRadius: "4px", backgroundColor: "var(--surface)", color: "var(--ink)", font: "600 12px/16px var(--text)", cursor: "pointer" },
  ".cm-diagnosticAction:hover": { backgroundColor: "var(--hover)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { maxHeight: "14em", fontFamily: "var(--mono)", fontSize: "13px", lineHeight: "20px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "3px 10px", borderBottom: "0" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--selected)", color: "var(--ink)", outline: "1px solid transparent", outlineOffset: "-1px" },
  ".cm-completionDetail": { color: "var(--ink-3)", fontStyle: "normal" },
  ".cm-completionMatchedText": { color: "var(--accent-text)", textDecoration: "none", fontWeight: "600" },
  "@media (forced-colors: active)": { // colours are the system's: the line's shape tells the severity
    ".cm-lintRange-warning": { textDecorationStyle: "dashed" },
  },
  "@media (max-width: 719.98px)": {
    ".cm-scroller": { fontSize: "16px", lineHeight: "24px" },
    ".cm-content": { padding: "7px 0" },
    ".cm-diagnosticAction": { minHeight: "36px" },
  },
});
