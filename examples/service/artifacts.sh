#!/bin/sh
# Makes every file in artifacts/ again. Needs Node 20.19 or later, npm,
# Python 3 with venv, and Go. All tools are installed in a temporary directory.
# Set TOOLS to a directory to keep the tools for the next run.
set -eu

CYCLONEDX=6.0.1
SEMGREP=1.182.0
GITLEAKS=8.30.1

here=$(cd "$(dirname "$0")" && pwd -P)
work=$(cd "$(mktemp -d)" && pwd -P)
trap 'rm -rf "$work"' EXIT
mkdir -p "${TOOLS:=$work/tools}"
tools=$(cd "$TOOLS" && pwd -P)
project=$work/project
out=$work/artifacts
mkdir -p "$project" "$out"
export NO_COLOR=1

# Tools that are not dependencies of the project.
[ -x "$tools/cyclonedx-$CYCLONEDX/node_modules/.bin/cyclonedx-npm" ] ||
  npm install --no-audit --no-fund --no-save --ignore-scripts --prefix "$tools/cyclonedx-$CYCLONEDX" "@cyclonedx/cyclonedx-npm@$CYCLONEDX"
[ -x "$tools/semgrep-$SEMGREP/bin/semgrep" ] ||
  { python3 -m venv "$tools/semgrep-$SEMGREP" && "$tools/semgrep-$SEMGREP/bin/pip" install -q "semgrep==$SEMGREP"; }
[ -x "$tools/gitleaks-$GITLEAKS/gitleaks" ] ||
  GOBIN="$tools/gitleaks-$GITLEAKS" go install "github.com/zricethezav/gitleaks/v8@v$GITLEAKS"
PATH=$tools/cyclonedx-$CYCLONEDX/node_modules/.bin:$tools/semgrep-$SEMGREP/bin:$tools/gitleaks-$GITLEAKS:$PATH

# The sources only, before anything is installed.
cd "$here"
cp -R src test scripts package.json package-lock.json .npmrc artifacts.sh \
  eslint.config.js vitest.config.js semgrep-rules.yml README.md "$project"
cd "$project"

gitleaks dir . --redact --no-banner --report-format sarif --report-path "$out/gitleaks.sarif"

semgrep scan --quiet --metrics=off --disable-version-check \
  --config semgrep-rules.yml --sarif-output="$out/semgrep.sarif" src > "$work/semgrep.txt"

npm ci --no-audit --no-fund --ignore-scripts

# ESLint ends with 1 when it has findings. Any other code is a failure of the tool.
npx eslint --format @microsoft/eslint-formatter-sarif --output-file "$out/eslint.sarif" src test || [ $? -eq 1 ]

npx vitest run --coverage --reporter=default --reporter=junit --outputFile.junit="$out/junit.xml"
cp coverage/coverage-summary.json coverage/lcov.info "$out"

cyclonedx-npm --omit dev --output-format JSON --output-file "$out/sbom.cdx.json"

node "$here/scripts/relative.mjs" "$project" "$out"

{
  echo "node $(node --version | tr -d v)"
  echo "npm $(npm --version 2> /dev/null)"
  echo "eslint $(npx eslint --version | tr -d v)"
  for name in @eslint/js eslint-plugin-security @microsoft/eslint-formatter-sarif vitest @vitest/coverage-v8; do
    echo "$name $(node -p "JSON.parse(fs.readFileSync('node_modules/$name/package.json')).version")"
  done
  echo "@cyclonedx/cyclonedx-npm $(cyclonedx-npm --version)"
  echo "semgrep $(semgrep --version --disable-version-check | tail -n 1)"
  echo "gitleaks $(go version -m "$tools/gitleaks-$GITLEAKS/gitleaks" | awk '$1 == "mod" { print substr($3, 2) }')"
} > "$out/versions.txt"

mkdir -p "$here/artifacts"
cp "$out"/* "$here/artifacts/"
ls -l "$here/artifacts"
