// Stripe's own SDK, asked line by line on standard input: it signs, and it says whether a signature is good.
// {"sign": body, "secret": …, "at": seconds} → the header; {"check": body, "header": …, "secret": …, "at": …} → "good" or "bad".
// It talks to nobody.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';

const require = createRequire(process.env.COURTD_TEST_STRIPE_SDK + '/');
const { Stripe } = require('stripe');
const stripe = new Stripe('sk_test_unused');

const answer = (asked) => {
  if ('sign' in asked) {
    return stripe.webhooks.generateTestHeaderString({ payload: asked.sign, secret: asked.secret, timestamp: asked.at });
  }
  try {
    stripe.webhooks.constructEvent(asked.check, asked.header, asked.secret, 300, undefined, asked.at * 1000);
    return 'good';
  } catch (error) {
    return error.type === 'StripeSignatureVerificationError' ? 'bad' : `failed: ${error}`;
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(answer(JSON.parse(line))));
}
