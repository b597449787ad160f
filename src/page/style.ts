/** The style sheet of the page that verifies packs: one constant, so that the content security policy can name its hash. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#57606a;--line:#8a929c;--wash:#f5f7f9;--link:#0b57a4;
--good:#1c6b3c;--good-wash:#e5f4ea;--unknown:#8f4e00;--unknown-wash:#fdf1e0;--tampered:#7a0012;--tampered-wash:#fbe3e6}
@media (prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e5e9ee;--soft:#a3adb8;--line:#6b7480;--wash:#1c2026;--link:#7db8f5;
--good:#83d6a0;--good-wash:#12301d;--unknown:#f3b562;--unknown-wash:#3a2a10;--tampered:#ff9aa5;--tampered-wash:#4a0d16}}
*{box-sizing:border-box}
html{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
body{margin:0}
main{max-width:80rem;margin:0 auto;padding:2rem 1.5rem}
h1{font-size:1.8rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.25rem;margin:2rem 0 .5rem}
code{font:.875em ui-monospace,monospace;overflow-wrap:anywhere}
label{display:block;font-weight:600}
input[type=text]{width:100%;font:.875rem ui-monospace,monospace;padding:.5rem;color:var(--ink);background:var(--paper);border:1px solid var(--line);border-radius:.25rem}
input:focus-visible,button:focus-visible,.scroll:focus-visible,#result:focus-visible{outline:3px solid var(--link);outline-offset:2px}
#drop{border:2px dashed var(--line);border-radius:.4rem;padding:1rem;background:var(--wash)}
#drop.over{border-color:var(--link)}
button{font:inherit;font-weight:600;padding:.5rem 1.25rem;color:var(--paper);background:var(--link);border:0;border-radius:.25rem;cursor:pointer}
.problem{color:var(--tampered);font-weight:600}
.problem:empty{display:none}
.verdict{border:1px solid;border-left-width:.5rem;padding:.7rem 1rem;margin:1rem 0}
.verdict p{margin:.15rem 0}
.verdict .title{font-size:1.4rem;font-weight:700}
.good{color:var(--good)}
.unknown{color:var(--unknown)}
.tampered{color:var(--tampered)}
.verdict.good{background:var(--good-wash)}
.verdict.unknown{background:var(--unknown-wash)}
.verdict.tampered{background:var(--tampered-wash);border-width:.4rem}
.verdict p:not(.title){color:var(--ink)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{text-align:left;vertical-align:top;padding:.4rem .7rem .4rem 0;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
td.state{font-weight:700;white-space:nowrap}
dl{display:grid;grid-template-columns:minmax(9rem,max-content) 1fr;gap:.25rem 1.5rem}
dt{color:var(--soft)}
dd{margin:0;min-width:0;overflow-wrap:anywhere}
@media print{form,#progress{display:none}.scroll{overflow:visible}tr{break-inside:avoid}html{font-size:10pt;print-color-adjust:exact}}
`;
