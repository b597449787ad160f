/** The style sheet of the HTML report: one constant, so that the content security policy can name its hash. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d5dae1;--wash:#f5f7f9;--link:#0b57a4;
--error:#7a0012;--error-wash:#fbe3e6;--bad:#b3261e;--bad-wash:#fcebea;--gap:#8f4e00;--gap-wash:#fdf1e0;
--part:#1f5fa8;--part-wash:#e8f1fb;--exc:#2b6a6c;--exc-wash:#e4f3f2;--good:#1c6b3c;--good-wash:#e5f4ea;
--none:#59616b;--none-wash:#eef0f3}
@media (prefers-color-scheme:dark){:root{--paper:#14171b;--ink:#e5e9ee;--soft:#a3adb8;--line:#353c45;--wash:#1c2026;--link:#7db8f5;
--error:#ff9aa5;--error-wash:#4a0d16;--bad:#ff9b92;--bad-wash:#3f1815;--gap:#f3b562;--gap-wash:#3a2a10;
--part:#8bbdf7;--part-wash:#14293f;--exc:#7fd0cf;--exc-wash:#12312f;--good:#83d6a0;--good-wash:#12301d;
--none:#a8b1bb;--none-wash:#262c33}}
*{box-sizing:border-box}
html{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);-webkit-text-size-adjust:100%}
body{margin:0}
header,main,footer,.contents{max-width:72rem;margin:0 auto;padding:0 1.5rem}
header{padding-top:2.5rem}
h1,h2,h3,h4{line-height:1.25;text-wrap:balance}
h1{font-size:2rem;margin:.1rem 0 .4rem}
h2{font-size:1.4rem;margin:3rem 0 .8rem;padding-top:.8rem;border-top:3px solid var(--ink)}
h3{font-size:1.1rem;margin:2rem 0 .6rem}
h4{font-size:1rem;margin:0;display:flex;gap:.75rem;align-items:center;flex-wrap:wrap}
p{margin:.5rem 0}
a{color:var(--link);text-underline-offset:.15em}
code,.digest{font:0.8125em/1.45 ui-monospace,monospace;overflow-wrap:anywhere}
.eyebrow{margin:0;color:var(--soft);font-weight:600;letter-spacing:.06em;text-transform:uppercase;font-size:.8rem}
.lead{font-size:1.1rem;color:var(--soft);margin:0 0 1.5rem}
.skip{position:absolute;left:-100vw}
.skip:focus{left:1rem;top:1rem;background:var(--paper);padding:.5rem 1rem;outline:2px solid var(--link)}
.verdict{border:1px solid var(--good);border-left-width:.5rem;background:var(--good-wash);padding:.7rem 1rem;margin:1.25rem 0}
.verdict p{margin:.15rem 0}
.verdict .title{font-weight:700}
.verdict.unknown{border-color:var(--gap);background:var(--gap-wash)}
.verdict.tampered{border:.4rem solid var(--error);background:var(--error-wash);color:var(--error);padding:1.25rem}
.verdict.tampered .title{font-size:1.7rem;line-height:1.2}
.facts{display:grid;grid-template-columns:minmax(9rem,max-content) 1fr;gap:0;margin:1rem 0;border-top:1px solid var(--line)}
.facts dt,.facts dd{padding:.4rem 0;margin:0;border-bottom:1px solid var(--line);min-width:0;overflow-wrap:anywhere}
.facts dt{color:var(--soft);padding-right:1.5rem}
.contents ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;margin:1rem 0}
.scroll{overflow-x:auto;margin:.8rem 0 1.2rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;font-weight:600;padding:.3rem 0}
th,td{text-align:left;vertical-align:top;padding:.4rem .7rem .4rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600}
thead th{color:var(--soft);border-bottom:2px solid var(--line);white-space:nowrap}
tbody th{white-space:nowrap}
tbody.group th{background:var(--wash);padding-left:.6rem;white-space:normal}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.status{white-space:nowrap}
td.wide{min-width:14rem;overflow-wrap:anywhere}
td ul{margin:0;padding-left:1.1rem}
.none{color:var(--soft)}
time{white-space:nowrap}
.badge{display:inline-block;font-size:.8125rem;font-weight:600;line-height:1.5;padding:0 .55rem;border:1px solid;border-radius:.25rem;white-space:nowrap}
.badge .mark{display:inline-block;min-width:1.1em}
.error{color:var(--error);background:var(--error-wash)}
.not-satisfied{color:var(--bad);background:var(--bad-wash)}
.no-evidence{color:var(--gap);background:var(--gap-wash)}
.partially-satisfied{color:var(--part);background:var(--part-wash)}
.satisfied-with-exceptions{color:var(--exc);background:var(--exc-wash)}
.satisfied{color:var(--good);background:var(--good-wash)}
.not-applicable,.not-assessed{color:var(--none);background:var(--none-wash)}
.bar{display:block;width:100%;height:auto;margin:1rem 0 .25rem}
.bar rect{fill:currentColor}
.bar rect.not-applicable{fill-opacity:.45}
.bar rect.not-assessed{fill:var(--none-wash);stroke:var(--none);stroke-width:1}
.bar text{fill:var(--paper);font:600 15px system-ui,sans-serif;text-anchor:middle;dominant-baseline:central}
.bar text.not-assessed{fill:var(--none)}
.control{border:1px solid var(--line);border-radius:.4rem;padding:.9rem 1.1rem;margin:0 0 1rem}
.control .task{margin:.35rem 0 .6rem;font-size:1.02rem}
.control dl{display:grid;grid-template-columns:9rem minmax(0,1fr);gap:.35rem 1rem;margin:0}
.control dt{color:var(--soft);font-weight:600;font-size:.9rem}
.control dd{margin:0;min-width:0}
.control dd p{margin:0 0 .2rem}
.control .scroll{margin:.2rem 0 .5rem}
.control.brief{padding:.7rem 1.1rem}
footer{margin-top:3rem;padding-bottom:3rem;color:var(--soft);font-size:.9rem}
@media (max-width:40rem){.control dl,.facts{grid-template-columns:minmax(0,1fr)}.facts dt{border:0;padding-bottom:0}h1{font-size:1.6rem}}
@media print{@page{size:A4;margin:16mm 15mm 18mm;@bottom-left{content:"Compliance report";font:8pt system-ui,sans-serif}
@bottom-right{content:"Page " counter(page) " of " counter(pages);font:8pt system-ui,sans-serif}}
:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;--wash:#f3f3f3;--link:#000;
--error:#7a0012;--error-wash:#fbe3e6;--bad:#b3261e;--bad-wash:#fcebea;--gap:#8f4e00;--gap-wash:#fdf1e0;
--part:#1f5fa8;--part-wash:#e8f1fb;--exc:#2b6a6c;--exc-wash:#e4f3f2;--good:#1c6b3c;--good-wash:#e5f4ea;
--none:#59616b;--none-wash:#eef0f3}
html{font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
header,main,footer{max-width:none;padding:0}
.contents,.skip{display:none}
.scroll{overflow:visible}
thead{display:table-header-group}
tr,.control h4,.verdict{break-inside:avoid}
h2,h3,h4,caption{break-after:avoid}
a{text-decoration:none}}
`;
