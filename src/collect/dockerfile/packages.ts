/** How a command installs packages, and what says which version. */
interface Installer {
  readonly command: RegExp;
  /** Options that have a value of their own behind them. */
  readonly valued: ReadonlySet<string>;
  isPinned(name: string, words: readonly string[]): boolean;
  /** Not from a repository of packages, such as a path. */
  isOther(name: string): boolean;
}

const isPath = (name: string): boolean => /^\.{0,2}\/|^\.$/.test(name);
const isFile = (name: string): boolean => isPath(name) || /\.(?:deb|rpm|apk|whl|tgz|gz|zip|gem)$/.test(name);

const INSTALLERS: readonly Installer[] = [
  {
    command: /^(?:apt-get|apt|aptitude) (?:\S+ )*?install(?: |$)/,
    valued: new Set(["-t", "--target-release", "-o", "-c", "--option"]),
    isPinned: (name) => /[^=]=[^=]/.test(name),
    isOther: isFile,
  },
  {
    command: /^apk (?:\S+ )*?add(?: |$)/,
    valued: new Set(["-t", "--virtual", "-X", "--repository", "-p", "--root", "--keys-dir", "--repositories-file"]),
    isPinned: (name) => /[^=<>~]=[^=]/.test(name),
    isOther: isFile,
  },
  {
    command: /^(?:(?:python[\d.]* -m )?pip[\d.]*|uv pip|pipx) (?:\S+ )*?install(?: |$)/,
    valued: new Set([
      "-i",
      "--index-url",
      "--extra-index-url",
      "-r",
      "--requirement",
      "-c",
      "--constraint",
      "-t",
      "--target",
      "-e",
      "--editable",
      "-f",
      "--find-links",
      "--prefix",
      "--root",
      "--python",
      "--trusted-host",
      "--platform",
      "--timeout",
      "--retries",
    ]),
    isPinned: (name) => /==[^=*]+$/.test(name) || /@[0-9a-f]{40}(?:#|$)/.test(name),
    isOther: isFile,
  },
  {
    command: /^npm (?:\S+ )*?(?:install|i|add)(?: |$)/,
    valued: new Set(["--prefix", "--registry", "-C", "--loglevel", "--cache", "-w", "--workspace"]),
    isPinned: (name) => /.@v?\d+\.\d+\.\d+[\w.+-]*$/.test(name) || /#[0-9a-f]{40}$/.test(name),
    isOther: isFile,
  },
  {
    command: /^gem (?:\S+ )*?install(?: |$)/,
    valued: new Set(["-v", "--version", "--source", "-i", "--install-dir", "-n", "--bindir"]),
    isPinned: (name, words) =>
      /.:\d+(?:\.\d+)+$/.test(name) ||
      words.some((word, at) => /^(?:-v|--version)$/.test(words[at - 1] ?? "") && /^\d/.test(word)) ||
      words.some((word) => /^--version=\d/.test(word)),
    isOther: isFile,
  },
];

/** Words of one command; more is not written by people. */
const MOST_WORDS = 5_000;

/**
 * How many packages a shell installs of which it does not say the version.
 *
 * @param shell one command or several, with continued lines put together
 */
export function unpinnedPackagesIn(shell: string): number {
  return commandsIn(shell).reduce((sum, words) => sum + unpinnedIn(words), 0);
}

/** The commands of a shell, as lists of words: an approximation that knows no quoting but takes quotes off. */
function commandsIn(shell: string): readonly (readonly string[])[] {
  return shell.split(/&&|\|\||[;|\n&(){}]/).map((command) => {
    const words = command
      .split(/\s+/)
      .slice(0, MOST_WORDS)
      .map((word) => word.replaceAll(/["']/g, ""))
      .filter(Boolean);
    const start = words.findIndex((word) => !isPrefix(word));
    return start === -1 ? [] : words.slice(start);
  });
}

/** What stands before a command: the instruction, its flags, assignments, words of the shell. */
function isPrefix(word: string): boolean {
  return /^(?:RUN|ONBUILD|--\S*|\w+=.*|sudo|exec|then|else|do|if|!|env|set|time|<<-?\w+)$/i.test(word);
}

function unpinnedIn(words: readonly string[]): number {
  const head = `${words.slice(0, 12).join(" ").slice(0, 500)} `;
  const installer = INSTALLERS.find(({ command }) => command.test(head));
  if (installer === undefined) return 0;
  const verb = words.findIndex((word) => /^(?:install|i|add)$/.test(word));
  const names: string[] = [];
  for (let at = verb + 1; at < words.length; at++) {
    const word = words[at] ?? "";
    if (installer.valued.has(word)) at++;
    else if (/^\d*[<>]/.test(word)) break;
    else if (!word.startsWith("-")) names.push(word);
  }
  return names.filter((name) => !installer.isOther(name) && !installer.isPinned(name, words)).length;
}
