import type { KeyObject } from "node:crypto";
import { isSameKey, namedKey, requireKeyInForce, revocationEntry, rotationEntry } from "../../../audit/keys.ts";
import { formatVerifierKey, noteKey } from "../../../audit/note.ts";
import { signCheckpoint } from "../../../audit/vouch.ts";
import { readPrivateKey } from "../../../trust/signing.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { appendTo } from "../../guarded-store.ts";
import { openLogKey } from "../../log-flags.ts";
import type { StoreFlags } from "../../store-path.ts";
import { printLines } from "../../write-file.ts";
import { givenPrivateKey } from "../trust/signer.ts";

/** `gate key rotate`: the log says which key signs it from now on, and both keys sign that and the tree that it makes. */
export async function rotate(
  flags: StoreFlags & { readonly key: string; readonly newKey: string },
  context: CommandContext,
): Promise<void> {
  const [from, to] = [openKey(flags.key, context), openKey(flags.newKey, context)];
  await appendTo(flags, context, async (store) => {
    const { origin } = await store.head();
    const next = noteKey(origin, "log", to);
    if (isSameKey(noteKey(origin, "log", from), next)) {
      throw new GateError("usage", "the new key is the old one", { hint: "Make one with `gate key generate`." });
    }
    const named = await namedKey(store);
    // The entry is there, and perhaps not the checkpoint: it was interrupted.
    if (named === undefined || !isSameKey(named, next)) {
      await requireKeyInForce(store, origin, from);
      await store.append(rotationEntry(origin, from, to, context.clock.now()), []);
    }
    const { head } = await signCheckpoint(store, await store.head(), to, from);
    printLines(context, `From entry ${head.size} on the log ${origin} is signed with`, formatVerifierKey(next));
    printLines(context, "Hand that on, keep the old key out of every job, and revoke it if somebody else may have it.");
  });
}

/** `gate key revoke`: the log says from where on a former key of it is not believed. */
export async function revoke(
  revoked: string,
  flags: StoreFlags & { readonly key: string; readonly since: number },
  context: CommandContext,
): Promise<void> {
  const former = openLogKey(revoked, context);
  const by = openKey(flags.key, context);
  await appendTo(flags, context, async (store) => {
    const { origin } = await store.head();
    await requireKeyInForce(store, origin, by);
    if (former.name !== origin) {
      throw new GateError("usage", `the key is of the log ${former.name}, this is ${origin}`);
    }
    if (isSameKey(former, noteKey(origin, "log", by))) {
      throw new GateError("usage", "the key cannot take itself back", {
        hint: "Bring another one in first: `gate key rotate --key OLD --new-key NEW`.",
      });
    }
    await store.append(revocationEntry(origin, former, flags.since, by, context.clock.now()), []);
    await signCheckpoint(store, await store.head(), by);
    printLines(
      context,
      `Trees of more than ${flags.since} entries are not believed for the sake of that key any more.`,
    );
  });
}

function openKey(path: string, context: CommandContext): KeyObject {
  return readPrivateKey(givenPrivateKey(path, context));
}
