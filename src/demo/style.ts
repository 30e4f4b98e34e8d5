/** The stylesheet of the demo's own pages, served as a file so that the pages need no inline style. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#f6f6f3, #15171a);
  --card: light-dark(#ffffff, #1d2024);
  --ink: light-dark(#1c1e21, #e9e9e6);
  --soft: light-dark(#5e646c, #9aa2ab);
  --line: light-dark(#e2e2dc, #2e3338);
  --accent: light-dark(#2f5d50, #8fc7b5);
  --on-accent: light-dark(#ffffff, #10211c);
  --alert: light-dark(#9a3412, #fdba8c);
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
header, footer { padding: 1rem clamp(1rem, 4vw, 2.5rem); color: var(--soft); font-size: .9rem; }
header { display: flex; gap: .75rem; align-items: center; border-bottom: 1px solid var(--line); }
header strong { color: var(--ink); font-weight: 600; }
footer { border-top: 1px solid var(--line); }
.badge {
  padding: .1rem .55rem; border: 1px solid var(--line); border-radius: 1rem;
  font-size: .78rem; color: var(--soft); white-space: nowrap;
}
main { flex: 1; width: 100%; max-width: 62rem; margin: 0 auto; padding: clamp(1.5rem, 5vw, 3.5rem) 1rem; }
main.narrow { max-width: 27rem; }
h1 { margin: 0 0 .5rem; font-size: 1.6rem; line-height: 1.2; font-weight: 620; letter-spacing: -.015em; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.05rem; font-weight: 620; }
p { margin: 0 0 1rem; }
.soft { color: var(--soft); }
.card > :first-child { margin-top: 0; }
.card > :last-child { margin-bottom: 0; }
.card + p, .card + div { margin-top: 1rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .8rem; padding: 1.4rem; }
.alert {
  border-left: 3px solid var(--alert); padding: .5rem .8rem; margin: 0 0 1.2rem;
  background: var(--card); color: var(--alert); border-radius: .25rem;
}
label { display: block; margin: 0 0 1rem; font-weight: 550; font-size: .92rem; }
input {
  display: block; width: 100%; margin-top: .3rem; padding: .6rem .7rem; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--line); border-radius: .5rem;
}
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button, a.tile {
  display: inline-block; padding: .62rem 1.2rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 0; border-radius: .5rem; text-decoration: none;
}
form button { width: 100%; }
form.plain { display: inline; }
form.plain button {
  width: auto; padding: 0; background: none; color: var(--accent); font-weight: 500; text-decoration: underline;
}
button:hover, a.tile:hover { filter: brightness(1.07); }
a { color: var(--accent); }
.grid { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(17rem, 100%), 1fr)); }
.grid h3 { margin: 0; font-size: 1rem; }
.chips { display: flex; flex-wrap: wrap; gap: .35rem; margin: .6rem 0 0; padding: 0; list-style: none; }
.chips .badge { max-width: 100%; border-radius: .8rem; white-space: normal; overflow-wrap: anywhere; }
code { font: .86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .55rem 1.25rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th, td { padding: .5rem .75rem .5rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 500; }
@media (max-width: 34rem) {
  table.many th { display: none; }
  table.many td { display: block; padding: .1rem 0; border: 0; }
  table.many td:first-child { padding-top: .6rem; }
  table.many td:last-child { padding-bottom: .6rem; border-bottom: 1px solid var(--line); }
  table.many td[data-label]::before { content: attr(data-label) " "; color: var(--soft); }
}
@media (max-width: 34rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .7rem; } }
`

/** Sends the one form of the page; without scripts its button does. */
export const autoPostScript = `document.forms[0].submit()\n`
