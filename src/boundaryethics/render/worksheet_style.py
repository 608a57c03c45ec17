"""How the page of a worksheet looks: on a phone, on a screen, and on paper."""

from __future__ import annotations

# Sizes are in print's own units where paper is meant; both A4 and Letter take them.
STYLE = """\
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body { margin: 0; font: 1rem/1.5 Georgia, "Times New Roman", serif; }
main { max-width: 44rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1, h2, h3, h4 { font-family: system-ui, sans-serif; line-height: 1.25; }
h1 { font-size: 1.6rem; margin: 0.5rem 0; }
h2 {
  font-size: 1.2rem; margin: 2rem 0 0.6rem; padding-bottom: 0.2rem;
  border-bottom: 2px solid currentColor;
}
h3 { font-size: 1.05rem; margin: 1.5rem 0 0.5rem; }
h4 { font-size: 0.85rem; margin: 0.9rem 0 0.2rem; }
p { margin: 0.5rem 0; }
ul { margin: 0.3rem 0; padding-left: 1.2rem; }
li { margin: 0.3rem 0; }
cite, small, footer, .licences { font-style: normal; font-size: 0.85rem; }
.caution { border: 1px solid currentColor; padding: 0.5rem 0.7rem; font-size: 0.9rem; }
.danger { border-width: 3px; }
.danger h2 { margin-top: 0; }
.direction { font-family: system-ui, sans-serif; font-size: 0.9rem; }
.blanks { font-family: system-ui, sans-serif; font-size: 0.9rem; }
.blanks { display: flex; flex-wrap: wrap; gap: 0.3rem 1rem; }
.blanks span { display: flex; flex: 1 1 18rem; gap: 0.4rem; align-items: baseline; }
.blanks i { flex: 1; border-bottom: 1px solid currentColor; }
dl { margin: 0; }
dl div {
  display: flex; gap: 1rem; padding: 0.25rem 0; border-bottom: 1px solid #8886;
}
dt { flex: 1; }
dd { margin: 0; flex: 0 0 35%; font-weight: bold; }
.ranking, .boxes { list-style: none; padding-left: 0; }
.ranking > li { display: flex; gap: 0.8rem; margin: 0.6rem 0; }
.place { font: bold 1.2rem/1.3 system-ui, sans-serif; }
.boxes > li { position: relative; padding-left: 1.7rem; }
.boxes > li::before {
  content: ""; position: absolute; left: 0; top: 0.3rem; width: 0.9rem; height: 0.9rem;
  border: 1px solid currentColor;
}
.prompts { font-style: italic; }
blockquote {
  margin: 0.5rem 0; padding: 0.5rem 0.9rem; border-left: 4px solid currentColor;
  font-size: 1.05rem;
}
blockquote span { font: italic 0.85em system-ui, sans-serif; }
code { font-size: 0.85em; }
.rows i { display: block; height: 2rem; border-bottom: 1px solid currentColor; }
.rows { opacity: 0.5; }
footer { margin-top: 1.5rem; }
@media print {
  @page { margin: 16mm 17mm; }
  :root { color-scheme: light; }
  body { font-size: 10.5pt; line-height: 1.4; color: #000; background: #fff; }
  main { max-width: none; padding: 0; }
  h2, h3, h4 { break-after: avoid; }
  li, dl div, blockquote, .rows, .question, .decision { break-inside: avoid; }
  .rows i { height: 8mm; }
}"""
