// An issuer of tokens (OpenID Connect): a key, the address where servers find it, and tokens.
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { afterwards } from './after.mjs';

/** Opens an issuer. config is what deltabase.json says about it under "auth". */
export async function openIssuer(t) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }];
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys })),
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterwards(
    t,
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return new Issuer(`http://127.0.0.1:${server.address().port}`, privateKey);
}

class Issuer {
  #key;
  #count = 0;

  constructor(url, key) {
    this.url = url;
    this.#key = key;
    this.config = { oidc: { issuer: url, keys: `${url}/keys`, algorithms: ['ES256'] } };
  }

  /** A token for somebody; each is another one. It expires after so many seconds. */
  token(sub, seconds = 3600) {
    const nowS = Math.floor(Date.now() / 1000);
    const claims = { iss: this.url, sub, iat: nowS - 3600, exp: nowS + seconds, jti: String(++this.#count) };
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'ES256', typ: 'JWT', kid: 'one' })}.${part(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), { key: this.#key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }
}
