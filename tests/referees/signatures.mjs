// Starts a node, plays the providers with their own libraries, and compares what each thinks of each request.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSign, generateKeyPairSync, randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(`${process.env.REFEREES}/`);
const { validateRequest, getExpectedTwilioSignature } = require('twilio');
const { EventWebhook } = require('@sendgrid/eventwebhook');
const { Stripe } = require('stripe');

const REQUESTS = Number(process.argv[2]);
const TOKEN = 'a-token-that-only-this-run-knows';
const SECRET = 'whsec_that_only_this_run_knows';
const PUBLIC = 'https://courts.example.org/club';

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const shownKey = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');

const folder = mkdtempSync(join(tmpdir(), 'referees-'));
const [client, peer] = [await freePort(), await freePort()];
writeFileSync(
  join(folder, 'courtd.toml'),
  `node_id = 1
region = "here"
data_dir = "${folder}/data"
open = true
public_url = "${PUBLIC}/"
[email]
event_public_key = "${shownKey}"
[listen]
client = "127.0.0.1:${client}"
peer = "127.0.0.1:${peer}"
[cluster]
id = "referees"
initial = [{ id = 1, region = "here", peer = "127.0.0.1:${peer}", client = "127.0.0.1:${client}" }]
`,
);
const node = spawn(process.env.COURTD, ['serve', '--config', join(folder, 'courtd.toml')], {
  env: { ...process.env, TWILIO_AUTH_TOKEN: TOKEN, STRIPE_SECRET_KEY: 'sk_test_unused', STRIPE_WEBHOOK_SECRET: SECRET },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const ended = new Promise((resolve) => node.once('exit', resolve));
await Promise.race([
  new Promise((resolve) => node.stdout.once('data', resolve)),
  ended.then(() => assert.fail('the node did not start')),
]);

const one = (list) => list[randomInt(list.length)];
const ALPHABETS = ['abcXYZ019', '+ &=%?#/:;,', "'\"<>()!*~", 'áñüß€', '日本語', '👟🎾', '\n\t'];
const text = (length) => Array.from({ length: randomInt(length) }, () => one([...one(ALPHABETS)])).join('');

// A request as the text provider makes one; with some fields more than once.
function form() {
  const fields = { MessageSid: `SM${randomInt(1e9)}`, MessageStatus: one(['sent', 'delivered', 'failed']), From: '+12065550100' };
  for (let n = randomInt(6); n > 0; n -= 1) fields[`Field${text(4)}`] = one([text(30), [text(5), text(5)]]);
  const path = one([
    '/api/twilio/status?facility=fac_1&delivery=ntf_1',
    '/api/twilio/status?delivery=ntf_1&facility=fac_1',
    '/api/twilio/status?facility=fac_1&delivery=ntf_1&note=a%20b+c%27d',
    '/api/twilio/inbound',
  ]);
  return { path, fields };
}

async function postForm({ path, fields }, signature) {
  const pairs = Object.entries(fields).flatMap(([name, value]) => [value].flat().map((each) => [name, each]));
  const headers = { 'X-Twilio-Signature': signature };
  const answer = await fetch(`http://127.0.0.1:${client}${path}`, { method: 'POST', headers, body: new URLSearchParams(pairs) });
  const body = await answer.text();
  assert.ok(answer.status < 500, `${answer.status} ${body}`);
  return !(answer.status === 403 && JSON.parse(body).code === 'bad_signature');
}

// Takes one letter for another.
function spoiled(text, letters = 'ABCdef012+/') {
  const place = randomInt(text.length);
  const letter = one([...letters].filter((each) => each !== text[place]));
  return text.slice(0, place) + letter + text.slice(place + 1);
}

// The signature with another number in it. Its frame is left alone: the provider's library reads numbers out of a frame
// whose lengths are wrong, and a node does not, which is no forgery either way.
function renumbered(signature) {
  const bytes = Buffer.from(signature, 'base64');
  bytes[10 + randomInt(16)] ^= 1 + randomInt(255);
  return bytes.toString('base64');
}

async function texts() {
  let believed = 0;
  for (let n = 0; n < REQUESTS; n += 1) {
    const request = form();
    const url = `${one([PUBLIC, PUBLIC.replace('.org', '.org:443')])}${request.path}`;
    const signature = getExpectedTwilioSignature(TOKEN, url, request.fields);
    assert.ok(await postForm(request, signature), `signed by the library: ${JSON.stringify(request)}`);
    believed += 1;
    // Then something is different: both have to see it.
    const wrong = one([
      { request, signature: spoiled(signature) },
      { request, signature: getExpectedTwilioSignature(`${TOKEN}0`, url, request.fields) },
      { request: { ...request, fields: { ...request.fields, From: '+12065550101' } }, signature },
      { request: { ...request, fields: { ...request.fields, Extra: '' } }, signature },
      { request: { ...request, path: `${request.path}${request.path.includes('?') ? '&' : '?'}x=1` }, signature },
    ]);
    const theirs = validateRequest(TOKEN, wrong.signature, `${PUBLIC}${wrong.request.path}`, wrong.request.fields);
    const ours = await postForm(wrong.request, wrong.signature);
    assert.equal(ours, theirs, JSON.stringify(wrong));
    believed += ours;
  }
  return believed;
}

async function postEvents(body, signature, timestamp) {
  const headers = {
    'Content-Type': 'application/json',
    'X-Twilio-Email-Event-Webhook-Signature': signature,
    'X-Twilio-Email-Event-Webhook-Timestamp': timestamp,
  };
  const answer = await fetch(`http://127.0.0.1:${client}/api/sendgrid/events`, { method: 'POST', headers, body });
  assert.ok([204, 403].includes(answer.status), `${answer.status} ${await answer.text()}`);
  return answer.status === 204;
}

async function emails() {
  const webhook = new EventWebhook();
  const key = webhook.convertPublicKeyToECDSA(shownKey);
  const theirs = (body, signature, timestamp) => {
    try {
      return webhook.verifySignature(key, body, signature, timestamp);
    } catch {
      return false;
    }
  };
  let believed = 0;
  for (let n = 0; n < REQUESTS; n += 1) {
    const body = `${JSON.stringify([{ event: 'delivered', sg_event_id: `e${n}`, reason: text(30) }])}\r\n`;
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createSign('sha256').update(timestamp + body).sign(privateKey, 'base64');
    assert.ok(theirs(body, signature, timestamp) && (await postEvents(body, signature, timestamp)), body);
    believed += 1;
    const wrong = one([
      [body, renumbered(signature), timestamp],
      [`${body} `, signature, timestamp],
      [body, signature, String(Number(timestamp) - 1)],
      [body.replace('delivered', 'bounce'), signature, timestamp],
    ]);
    assert.equal(await postEvents(...wrong), theirs(...wrong), JSON.stringify(wrong));
  }
  return believed;
}

async function postPayment(body, signature) {
  const headers = { 'Content-Type': 'application/json', 'Stripe-Signature': signature };
  const answer = await fetch(`http://127.0.0.1:${client}/api/stripe/webhook`, { method: 'POST', headers, body });
  const told = await answer.text();
  assert.ok(answer.status === 200 || JSON.parse(told).code === 'signature_invalid', `${answer.status} ${told}`);
  return answer.status === 200;
}

async function payments() {
  const { webhooks } = new Stripe('sk_test_unused');
  const theirs = (body, signature) => {
    try {
      webhooks.constructEvent(body, signature, SECRET);
      return true;
    } catch (error) {
      assert.equal(error.type, 'StripeSignatureVerificationError', String(error));
      return false;
    }
  };
  let believed = 0;
  for (let n = 0; n < REQUESTS; n += 1) {
    const body = JSON.stringify({ id: `evt_${n}`, type: 'customer.created', data: { object: { name: text(30) } } });
    const timestamp = Math.floor(Date.now() / 1000);
    const signed = (changes) => webhooks.generateTestHeaderString({ payload: body, secret: SECRET, timestamp, ...changes });
    const signature = signed({});
    assert.ok(theirs(body, signature) && (await postPayment(body, signature)), body);
    believed += 1;
    const wrong = one([
      // In small letters: capital digits are the same number to us, and another text to the library.
      [body, spoiled(signature, '0123456789abcdeftv=,')],
      [`${body} `, signature],
      [body.replace('customer', 'charge'), signature],
      [body, signed({ secret: `${SECRET}0` })],
      [body, signed({ timestamp: timestamp - 310 })],
      [body, signed({ timestamp: timestamp - 290 })],
      [body, signature.replace('v1=', 'v0=')],
      // While one secret is exchanged for another there is a signature of each.
      [body, signature.replace('v1=', `v1=${'0'.repeat(64)},v1=`)],
    ]);
    const ours = await postPayment(...wrong);
    assert.equal(ours, theirs(...wrong), JSON.stringify(wrong));
    believed += ours;
  }
  return believed;
}

try {
  const told = [await texts(), await emails(), await payments()];
  const what = `${told[0]} forms, ${told[1]} emails' and ${told[2]} payments' events`;
  console.log(`referees: ${what} believed, as the providers' libraries have it`);
} finally {
  node.kill('SIGTERM');
  await ended;
  rmSync(folder, { recursive: true, force: true });
}
