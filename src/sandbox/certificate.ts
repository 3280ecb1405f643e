import { writeFileSync } from "node:fs";
import { join } from "node:path";
import "./reflect-metadata.ts";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

const VALID_MS = 30 * 24 * 60 * 60 * 1_000;
/** A virtual machine's clock may step back a little after the start. */
const BACKDATED_MS = 60 * 60 * 1_000;
const KEY_ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING_ALGORITHM = { name: "ECDSA", hash: "SHA-256" };

/** What the TLS listener needs and the file that a client trusts. */
export interface ServerCertificate {
  key: string;
  certificate: string;
  /** PEM of the certificate authority, readable by scripts. */
  caFile: string;
}

/**
 * A certificate authority of this start and a server certificate for localhost and 127.0.0.1, valid 30 days from
 * `now`. The authority's key lives only inside this call (threats F6): nobody can sign a second certificate with it.
 */
export async function makeServerCertificate(folder: string, now: number): Promise<ServerCertificate> {
  cryptoProvider.set(crypto);
  const authorityKeys = await crypto.subtle.generateKey(KEY_ALGORITHM, false, ["sign", "verify"]);
  const serverKeys = await crypto.subtle.generateKey(KEY_ALGORITHM, true, ["sign", "verify"]);
  const validity = { notBefore: new Date(now - BACKDATED_MS), notAfter: new Date(now + VALID_MS) };
  const authority = await signAuthority(authorityKeys, validity);
  const server = await signServer(authority, authorityKeys.privateKey, serverKeys.publicKey, validity);
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, `${authority.toString("pem")}\n`, { mode: 0o644 });
  return { key: await privatePem(serverKeys.privateKey), certificate: server.toString("pem"), caFile };
}

type Validity = { notBefore: Date; notAfter: Date };

async function signAuthority(keys: CryptoKeyPair, validity: Validity): Promise<X509Certificate> {
  return X509CertificateGenerator.createSelfSigned({
    name: "CN=Watchbell sandbox of this machine",
    keys,
    ...validity,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

async function signServer(
  authority: X509Certificate,
  signingKey: CryptoKey,
  publicKey: CryptoKey,
  validity: Validity,
): Promise<X509Certificate> {
  return X509CertificateGenerator.create({
    subject: "CN=localhost",
    issuer: authority.subject,
    publicKey,
    signingKey,
    ...validity,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
      ]),
      await AuthorityKeyIdentifierExtension.create(authority, false),
      await SubjectKeyIdentifierExtension.create(publicKey),
    ],
  });
}

async function privatePem(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der.match(/.{1,64}/g)?.join("\n")}\n-----END PRIVATE KEY-----\n`;
}
