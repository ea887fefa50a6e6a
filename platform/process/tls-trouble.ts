/** Whom we speak to, what begins the variables that name the files, and whether one of them is a certificate of ours. */
type Asked = { who: string; prefix: string; showsCertificate: boolean };

/** What is wrong with a certificate, on either side; null if the error is of something else. */
export const tlsTrouble = (
  { code, message }: { code: string; message: string },
  { who, prefix, showsCertificate }: Asked,
): string | null => {
  const ca = `${prefix}_SSL_CA_LOCATION`;
  if (code === 'CERT_HAS_EXPIRED') return `the certificate of ${who} has expired: renew it there`;
  if (code === 'CERT_NOT_YET_VALID') return `the certificate of ${who} is not valid yet: look at both clocks`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the certificate of ${who} is for another name than the one that we call: ${message.replace(/^.*?(?=Host: |IP: )/, '').slice(0, 200)}`;
  if (/SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE/.test(code))
    return `the certificate of ${who} is signed by a CA that we do not trust: name that CA in ${ca}`;
  if (/ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|HANDSHAKE_FAILURE)/.test(code) && !showsCertificate)
    return `${who} asks for a certificate of ours: set ${prefix}_SSL_CERTIFICATE_LOCATION and ${prefix}_SSL_KEY_LOCATION`;
  if (/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED)/.test(code))
    return `${who} refused our certificate (${code
      .replace(/^.*ALERT_/, '')
      .toLowerCase()
      .replaceAll('_', ' ')}): renew ${prefix}_SSL_CERTIFICATE_LOCATION, signed by a CA that ${who} trusts`;
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|RECORD_LAYER/.test(code))
    return `${who} does not speak TLS on that port`;
  return null;
};
