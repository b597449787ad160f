import { createHash } from "node:crypto";
import { PAGE_STYLE } from "./style.ts";

/**
 * The page that verifies audit packs, as one file: nothing in it loads anything, and its content security policy lets run
 * this script and apply this style sheet, and nothing else.
 *
 * @param script bundled; it must hold no end of a script element
 * @throws {Error} where it does
 */
export function verifierDocument(script: string): string {
  if (/<\/script|<!--/i.test(script)) throw new Error("the script of the page would end too early");
  const policy = [
    "default-src 'none'",
    `script-src ${sourceHash(script)}`,
    `style-src ${sourceHash(PAGE_STYLE)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<title>Verify an audit pack</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>Verify an audit pack</h1>
<p>This page recomputes every hash and proof of a pack of <code>gate</code>. It works without a network and sends nothing anywhere. It does not make
decisions again from their evidence: <code>gate verify --decisions</code> does.</p>
<p><strong>Take this page from a <code>gate</code> that you installed yourself</strong> (<code>dist/verify.html</code>), or compare its SHA-256 with that one's. A page that
came with a pack is of whoever made the pack.</p>
<noscript><p><strong>This page verifies with JavaScript, which is off.</strong></p></noscript>
<form id="given">
<p><label for="key">The log's verifier key, which came to you by another way than the pack</label>
<input id="key" name="key" type="text" autocomplete="off" spellcheck="false" placeholder="name+id+key" aria-describedby="key-problem">
<span id="key-problem" class="problem" role="alert"></span></p>
<p><label for="checkpoint">And, or instead: a checkpoint that was kept elsewhere</label>
<input id="checkpoint" name="checkpoint" type="text" autocomplete="off" spellcheck="false" placeholder="name size sha256:root" aria-describedby="checkpoint-problem">
<span id="checkpoint-problem" class="problem" role="alert"></span></p>
<p id="drop"><label for="pack">The pack; it can be dropped here</label>
<input id="pack" name="pack" type="file"></p>
<p><button type="submit">Verify</button></p>
</form>
<p id="progress" role="status"></p>
<section id="result" aria-live="polite" tabindex="-1"></section>
</main>
<script>${script}</script>
</body>
</html>
`;
}

function sourceHash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
