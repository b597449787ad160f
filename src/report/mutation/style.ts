/** The style sheet of the mutation report: one constant, so that the content security policy can name its hash. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d5dae1;--wash:#f5f7f9;--link:#0b57a4;
--bad:#b3261e;--bad-wash:#fcebea;--good:#1c6b3c;--good-wash:#e5f4ea}
@media (prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e5e9ee;--soft:#a3adb8;--line:#353c45;--wash:#1c2026;--link:#7db8f5;
--bad:#ff9b92;--bad-wash:#3f1815;--good:#83d6a0;--good-wash:#12301d}}
*{box-sizing:border-box}
html{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);-webkit-text-size-adjust:100%}
body{margin:0}
header,main{max-width:80rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2rem}
h1{font-size:2rem;margin:0}
h2{font-size:1.25rem;margin:2.5rem 0 .8rem}
small,.why{color:var(--soft);font-weight:400}
a{color:var(--link)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{text-align:left;padding:.4rem .7rem .4rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600}
tfoot td,tfoot th{border-top:2px solid var(--line)}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
code,pre{font:.8125rem/1.5 ui-monospace,monospace;tab-size:4;white-space:pre}
.source{border:1px solid var(--line);border-radius:.4rem;padding:.5rem 0}
.line{display:flex}
.line .row{flex:none;width:3.5rem;padding-right:.75rem;text-align:right;color:var(--soft);font:.8125rem/1.5 ui-monospace,monospace;user-select:none}
.line.undetected{background:var(--bad-wash)}
.line.detected .row{color:var(--good)}
mark{background:none;color:var(--bad);text-decoration:underline wavy;text-underline-offset:.2em}
details{margin:0 0 0 3.5rem;padding:.1rem 0;font-size:.8125rem}
summary{color:var(--soft);cursor:pointer}
ul{margin:.2rem 0;padding-left:1.1rem}
li.Survived strong,li.NoCoverage strong{color:var(--bad)}
li.Killed strong,li.Timeout strong{color:var(--good)}
pre{margin:.2rem 0;padding:.3rem .6rem;background:var(--wash)}
del,ins{text-decoration:none}
del{color:var(--bad)}
ins{color:var(--good)}
@media print{details{display:block}.line{break-inside:avoid}}
`;
