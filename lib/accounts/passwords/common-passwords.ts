import { hash } from 'node:crypto';
import type { BreachedPasswords } from './breached-passwords.js';

// The beginning (48 bits, base64url) of the SHA-256 of each, in lower case. Only what is long enough to be accepted needs to be known:
// of the 30,000 most frequent of zxcvbn's list (MIT) those with 12 characters or more, and the usual ways to make a short one long.
const DIGEST_CHARACTERS = 8;
const DIGESTS = [
  '-BWuYXw2-UH1V-6J-VK3S2CD-m5eWhio08bGvk360XRuHOnR0lsbU_7a1SR1upSS1_5Ew7B71oLtTKTZ1vKVGga_23rZUDNu',
  '29zwG_Us2EqaaysP2GyGUbeU2K7MZSzk2Kr8S4R82k7DNYoQ3mJ4q57R4AD0D8Ts4SuC0djX4WiJe7ST4np2hrgC4vUtZcgF',
  '53O7XZAm5ABeLBV45JozIW0Y5jgYAZH75xTMsjpR6PGtK96j6aL00OHw6f4s2ijh71Ks4JDM7O97HmTH7Q0VMyNg7cbtxCFm',
  '7unG4ZBv7vocfgyW8-rFbqRk84TA5PiN852sbLq688iAEqyD8fpdbCZC8kq8NLE_97EVCfTW97zS1ONy9YfU1YZg9ckxayB6',
  '9fHOjyXX9fvG_oTD9kSz0HcCACX3VwTwAFSn3p1PAKa3LUCJAM_kbSurAVAA9LWMAfccmiurAktMLyeSAvUUgvVyAyzBH-el',
  'BJWfqIEJBMzGdEVfBRkl0D_YBTQUFSSxBZYEkhFbB_UxYgNnBbtDKkv2BiXlv6EeBkf0sL_UBypWv7eOCXy2wyWuCZOPkSjQ',
  'CdLUmJkKCfunlD4iCmcki5rgDKnq9P_3DNJiNdocDW_924eXDaC5Q_MiDeBeRbnfE5ECz9x8E6uN6LnWF0F-v-BlF0y3USFJ',
  'FIZKaiPeFLvj9yZIFQNDQxztFmjBH7gdFuU56IOiG3M-MIlxGF79TOh2GL9u3ISAGUgovfg4GmhC_8toGmvU2dedGwHjChn5',
  'H0VOjOjXH24JP0zKHDEt1kJqHGmdBtlmHO5G7VT6I84H_ofbIOfC6JgnJ-7Pl_MNJD0CPMKyJHlu045tJWahjNHqJnH4ckAv',
  'KIn1Rq-nKSniL0ixKUOlZ7wFKjM0nn5gKwqMI0u5LLOAnuPtLVQ7vBK3LYpBMieqLisk-O5AM9c-I0EcMABfVs8vMZuuKP5O',
  'MfYed_JXN-ctVHhLNbbQqqrjNfkVZqaHNieZllxQNqoVqI56NwCt8fJfO02i4o6-OLh7ENCNOV8pEHMcOk5AR3fqOldFoF-H',
  'P1wLX5wyPIhywJRoPqRWtLPfQ0b_kvW1Q3mx0goFQ5CHSC0hQPWYzHZVQZTRcG7RRchr_8uRRqKBzTVJS37abHX2S7XtUuVk',
  'SB7DEMKnSJH4VkgKSsH1rv2bTC09Nj--THPWx311U5DtWvJyU6YMlDbZUL_uSccGUPSAl-PlVi1KukzBVp0P-VO8W9etsCRG',
  'WLqjxUr1WMax0yZTWeIPaUViWvmvY8PWX1DdcnTvX3NlwKecXVpwoteIX_7S4b1WXk_467X-XmEOa02CXpKG2oJhXzK3GNvW',
  'Xzs7YUlXYGvkvn2kYXA0wi22YmXbDIxdYnbUSmXsYtm1ayOpZ9cQpZCgZKgTa-2BZbyGf2j_ZnjUPnQtZseC6PlbZvH6gy1h',
  '_9Dh3RFy_xAwTxrya4QZn1Y5ac4HGD_lalhZoJIjatZloD3FauIXFkoebF8oWp7bbmWd6qhYbtZF7w4abu37ltcnc0duOCYx',
  'c5jPEPKacORI7zCZcVqXSRxqcW-f-SkxcXmwswmIccSA35PWd1ucIAACdDBWFrK8dlrZ9MfmdusXqPsXdy8P4bJueAsQz6qs',
  'eJuZ6SpLelHQZKGif9BvDiphfDbFsPtrfcrJGqyRg3A1SQ8IgXSgXU4mgdBv6RZhggbSLwQ3grpwG8gfgzNml0zph2jO0l5j',
  'h5bCK3qQh9l9FebDhFul5BLQhGFbGnvXhOvBuseHiQekmbVKiTUmIaLli_TexUXhibAKLt9tiukC3QkRjFyufA3QjG6W96tq',
  'jflQJlOPjl62A0gvkBWzUCohkHfRr2nHkJzeSic-klsTp--blD7-0u6hlFcpmymslTEk9ZZQlbOvMJkmlc5w2e3jn4nV9ST9',
  'nI9aSnd5nt10Ev5loDZHVaOKoYrE5vvTo_pR8KNZokVv8GHEosltUY8Qp2JWtkj_pN1WWOwCpgOXSuSzpievSUPDpovzsv7V',
  'puGARvwrpxbB5e4aq4ueArMmqN1CeE8FqR8Mwk_2qalaY6QuqpU6bYHAqv7rppWer1f5ohtYrPRUiJeNrl3rhl05s4KCJXic',
  'sB6wAIBQsCVvDvTfsQ5kJ4AusQj9-Me2sbLBx93BslY8taTLsowizQRQssN-0ZpdstE0nqP1t4RKeCgWtLt_I2ritMTY0b-3',
  'tR176m0CtoyIBgi9trkBAlXOuAPFT895uCK7k5BauDa-NY_KuWibRuBNuclQZA4bvF1v5-_2vFs_4y4jvFtKcbXAvKK0Gisl',
  'vqfwiHW7wXwCX7ntwryCnylRx-QCJY7jxFG8cX1lxLvLH77JxlWNLBFoxoaJszjYxrPlEC8mxzsCxOVDy-a-smR5y-pDl51o',
  'y14PrHXJy3mwKyCvyCB57ISiyCKgq_TvyF9nuoAmyIoK3IxcyK3kXtZPyMOLnIc0yQNOSa8syRKG4aqSyrGOXAzfys_VJEAD',
  'zFcSmkVJzmQoco-K',
].join('');

/**
 * A list of some hundred common passwords of 12 characters or more, in the package, so that it needs no network. It is the default of
 * `accounts.passwords.breached`. It stops the first guesses; a service, or a list of your own, knows far more.
 *
 * @see https://github.com/dropbox/zxcvbn
 * @example
 * ```ts
 * await commonPasswords().isBreached('password1234'); // true
 * ```
 */
export function commonPasswords(): BreachedPasswords {
  const known = new Set<string>();
  for (let i = 0; i < DIGESTS.length; i += DIGEST_CHARACTERS)
    known.add(DIGESTS.slice(i, i + DIGEST_CHARACTERS));
  const digest = (text: string) =>
    hash('sha256', text.toLowerCase(), 'base64url').slice(0, DIGEST_CHARACTERS);
  return { isBreached: (password) => Promise.resolve(known.has(digest(password))) };
}
