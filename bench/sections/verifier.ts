import { compactVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { resolveAuthentication } from '../../lib/pipeline/authentication/authentication.options.js';
import { TokenVerifier } from '../../lib/pipeline/authentication/token-verifier.js';
import { compare, type Contender } from '../harness/compare.js';
import { newIssuer, newToken, verificationOf } from '../harness/keys.js';
import { columns, verdict, type Table } from '../report/table.js';
import { ALGORITHMS, AUDIENCE, ISSUER } from '../shop/shop.options.js';
import { signatureCheck } from '../stacks/floor/token-check.js';
import type { Run } from './run.js';

type Verifier = 'bare' | 'ours' | 'warm' | 'jose' | 'jsonwebtoken';

const TOKENS = 10_000;
const TARGET = 1.5;

/** What verifying a token costs that was never seen, and one that was. */
export async function verifierTable(run: Run): Promise<Table> {
  const rows: Table['rows'][number][] = [];
  for (const algorithm of ALGORITHMS) {
    run.progress(`verifier: ${algorithm}`);
    const issuer = newIssuer(algorithm);
    const { key, text } = verificationOf(algorithm, issuer.text);
    const count = run.quick ? 2000 : TOKENS;
    const tokens = Array.from({ length: count }, (_, i) => newToken(issuer, `user-${i}`, ['user']));
    const parts = tokens.map((token) => {
      const dot = token.lastIndexOf('.');
      return [Buffer.from(token.slice(0, dot)), Buffer.from(token.slice(dot + 1), 'base64url')] as const;
    });
    const bare = signatureCheck(algorithm, key);
    const settings = resolveAuthentication({
      issuer: ISSUER,
      audience: AUDIENCE,
      maxTtl: 7200,
      ...(algorithm === 'HS256' ? { secret: text } : { keys: text }),
    });
    const verifier = new TokenVerifier(settings);
    const [known] = tokens;
    const warm = new TokenVerifier(settings);
    await warm.verify(known!);
    const contenders: Record<Verifier, Contender> = {
      bare: (i) => bare(...parts[i % count]!),
      ours: (i) => verifier.verify(tokens[i % count]!),
      warm: () => warm.identify(known!),
      jose: (i) => compactVerify(tokens[i % count]!, key, { algorithms: [algorithm] }),
      jsonwebtoken: (i) =>
        // It has no EdDSA.
        algorithm !== 'EdDSA' &&
        jsonwebtoken.verify(tokens[i % count]!, key, {
          algorithms: [algorithm],
          issuer: ISSUER,
          audience: AUDIENCE,
        }),
    };
    const { of, ratio: ratioOf } = await compare(contenders, run.compare);
    const ratio = ratioOf('ours', 'bare');
    rows.push([
      algorithm,
      of('bare'),
      algorithm === 'EdDSA' ? undefined : of('jsonwebtoken'),
      of('jose'),
      of('ours'),
      ratio,
      of('warm'),
      algorithm === 'RS256' ? `${TARGET} × the signature` : '',
      algorithm === 'RS256' ? verdict(ratio, TARGET) : '',
    ]);
  }
  return {
    id: 'verifier',
    title: 'Verifying a token',
    note: 'Microseconds of CPU a token, 10,000 distinct ones: the signature alone (`node:crypto`), `jsonwebtoken` with a parsed key, `jose` (signature alone), ours with every check; and one that was verified before.',
    columns: columns(
      'algorithm',
      'signature alone:1',
      'jsonwebtoken:1',
      'jose:1',
      'gatehouse:1',
      'gatehouse ÷ signature:2',
      'gatehouse, known token:2',
      'target',
      'verdict',
    ),
    rows,
  };
}
