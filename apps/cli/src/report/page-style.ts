/** The look of a report, light or dark as the reader's system is. */
export const pageStyle = `
:root { --ink: #1c1c1e; --paper: #ffffff; --grid: #d9d9de; --faint: #6a6a72; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ec; --paper: #17181b; --grid: #3a3b41; --faint: #a0a0a8; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
h1 { font-size: 1.6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; }
.wide { overflow-x: auto; margin: 1rem 0; }
.wide table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
.wide th, .wide td { padding: 0.3rem 0.6rem; text-align: left; vertical-align: bottom; }
.wide th { border-bottom: 2px solid var(--grid); font-weight: 600; }
.wide td { border-bottom: 1px solid var(--grid); }
.wide .number { text-align: right; }
ul { color: var(--faint); padding-left: 1.2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.3rem 1.5rem; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.u-legend { color: var(--ink); text-align: left; font-size: 0.9rem; }
.u-legend tr:first-child { display: none; }
.uplot { max-width: 100%; }
`;
