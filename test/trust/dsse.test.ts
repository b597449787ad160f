import { expect, it } from "vitest";
import { preAuthenticationEncoding, readEnvelope, signEnvelope, signersOf } from "../../src/trust/dsse.ts";
import { parseKey } from "../../src/trust/ssh-key.ts";
import { gateKey } from "./keys.ts";

const TYPE = "http://example.com/HelloWorld";

/** The example of DSSE's protocol.md. */
it("encodes what is signed as the specification does", () => {
  expect(preAuthenticationEncoding(TYPE, Buffer.from("hello world")).toString()).toBe(
    "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
  );
});

it("counts bytes, not characters", () => {
  expect(preAuthenticationEncoding("ä", Buffer.from("ö")).toString()).toBe("DSSEv1 2 ä 2 ö");
});

it("says which keys have signed", () => {
  const [alice, bob, eve] = [gateKey(), gateKey(), gateKey()];
  const envelope = readEnvelope(signEnvelope(TYPE, Buffer.from("hello world"), [alice.key, bob.key]));
  const signers = signersOf(
    envelope,
    [alice, bob, eve].map(({ text }) => parseKey(text)),
  );
  expect(signers.map(({ id }) => id)).toEqual([alice.id, bob.id]);
});

it("does not believe the id of a key", () => {
  const [alice, eve] = [gateKey(), gateKey()];
  const forged = JSON.parse(signEnvelope(TYPE, Buffer.from("hello world"), [eve.key]));
  const honest = JSON.parse(signEnvelope(TYPE, Buffer.from("hello world"), [alice.key]));
  forged.signatures[0].keyid = honest.signatures[0].keyid;
  expect(signersOf(readEnvelope(JSON.stringify(forged)), [parseKey(alice.text)])).toEqual([]);
});

it.each([
  ["another payload", { payload: Buffer.from("hello, world").toString("base64") }],
  ["another type of payload", { payloadType: "text/plain" }],
])("sees %s", (_, changes) => {
  const alice = gateKey();
  const envelope = { ...JSON.parse(signEnvelope(TYPE, Buffer.from("hello world"), [alice.key])), ...changes };
  expect(signersOf(readEnvelope(JSON.stringify(envelope)), [parseKey(alice.text)])).toEqual([]);
});

it("takes base64 in the alphabet for addresses, without padding", () => {
  const alice = gateKey();
  const envelope = JSON.parse(signEnvelope(TYPE, Buffer.from([0xfb, 0xff]), [alice.key]));
  expect(envelope.payload).toBe("+/8=");
  const changed = { ...envelope, payload: "-_8" };
  expect(signersOf(readEnvelope(JSON.stringify(changed)), [parseKey(alice.text)])).toHaveLength(1);
});

it.each([
  ["bits behind the last byte", "+/9="],
  ["too much padding", "+/8=="],
  ["too little padding", "+w="],
  ["white space", "+/8=\n"],
  ["two alphabets", "+_8="],
])("refuses base64 with %s: it would be another text for the same bytes", (_, payload) => {
  const text = JSON.stringify({ payloadType: TYPE, payload, signatures: [{ sig: "" }] });
  expect(() => readEnvelope(text)).toThrow("not base64");
});

it.each([
  ["no JSON", "{", "not JSON"],
  ["no object", "[]", "no DSSE envelope"],
  ["no signature", '{"payloadType":"a","payload":"","signatures":[]}', "nobody signed"],
  ["no list of signatures", '{"payloadType":"a","payload":""}', "nobody signed"],
  [
    "too many signatures",
    JSON.stringify({ payloadType: "a", payload: "", signatures: Array.from({ length: 33 }, () => ({})) }),
    "more than 32",
  ],
  ["another member", '{"payloadType":"a","payload":"","signatures":[{"sig":""}],"cert":1}', '"cert"'],
  ["another member of a signature", '{"payloadType":"a","payload":"","signatures":[{"sig":"","cert":1}]}', '"cert"'],
  ["a payload that is no base64", '{"payloadType":"a","payload":"?","signatures":[{"sig":""}]}', "not base64"],
  ["a signature that is no base64", '{"payloadType":"a","payload":"","signatures":[{"sig":"a b"}]}', "not base64"],
  ["no type of payload", '{"payload":"","signatures":[{"sig":""}]}', "type of payload"],
])("refuses %s", (_, text, message) => {
  expect(() => readEnvelope(text)).toThrow(message);
});
