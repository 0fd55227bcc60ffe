//! Tokens that are good, stale, misdirected, forged, or signed by a key of another kind.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use jsonwebtoken::{EncodingKey, encode};
use serde_json::json;

use super::*;
use crate::auth::Secret;

const SECRET: &str = "a secret that two have agreed upon";

fn access(keys: Vec<KeySource>) -> JwtAccess {
    JwtAccess {
        keys,
        issuer: Some("https://club.example".to_owned()),
        audience: Some("courtd".to_owned()),
        leeway: Duration::from_secs(30),
        claims: Claims::default(),
        refresh_every: Duration::from_secs(600),
        refresh_rest: Duration::from_secs(10),
    }
}

fn hs256() -> Verifier {
    Verifier::new(&access(vec![KeySource::Hs256(Secret::new(SECRET))]), Vec::new())
}

/// An Ed25519 key pair: what signs, and the public key as the `x` of a JWK.
fn ed25519() -> (EncodingKey, String) {
    let document = Ed25519KeyPair::generate_pkcs8(&aws_lc_rs::rand::SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    (EncodingKey::from_ed_der(document.as_ref()), base64url(pair.public_key().as_ref()))
}

fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letter = |group: u32, at: usize| char::from(LETTERS[usize::try_from(group >> (18 - 6 * at) & 63).unwrap()]);
    let group = |chunk: &[u8]| {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(chunk.get(at).copied().unwrap_or(0)));
        (0..=chunk.len()).map(|at| letter(bits, at)).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The claims of a good member's token; `change` says what is different, null takes a claim away.
fn claims(change: Value) -> Value {
    let mut claims = json!({
        "iss": "https://club.example", "aud": "courtd", "sub": "mbr_1", "exp": now() + 300,
        "courtd_role": "member", "courtd_facilities": ["fac_1"],
    });
    for (name, value) in change.as_object().unwrap() {
        let claims = claims.as_object_mut().unwrap();
        if value.is_null() { drop(claims.remove(name)) } else { drop(claims.insert(name.clone(), value.clone())) }
    }
    claims
}

fn signed(change: Value) -> String {
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    encode(&Header::new(Algorithm::HS256), &claims(change), &key).unwrap()
}

fn refused(why: &'static str) -> Result<Who, Refused> {
    Err(Refused::Invalid(why))
}

#[tokio::test]
async fn a_good_token_says_who_holds_it() {
    let verifier = hs256();
    let facility = FacilityId::parse("fac_1").unwrap();
    let member = |id: &str| Grant::Member { facilities: vec![facility.clone()], member: MemberId::parse(id).unwrap() };
    let facilities = vec![facility.clone()];
    for (change, grant) in [
        (json!({}), member("mbr_1")),
        (json!({"courtd_member": "mbr_2"}), member("mbr_2")),
        (json!({"courtd_facilities": "fac_1"}), member("mbr_1")),
        (json!({"aud": ["others", "courtd"]}), member("mbr_1")),
        (json!({"nbf": now() + 20}), member("mbr_1")),
        (json!({"exp": now() - 20}), member("mbr_1")),
        (json!({"courtd_role": "service", "sub": "site"}), Grant::Service { facilities: facilities.clone() }),
        (json!({"courtd_role": "staff", "sub": "auth0|desk"}), Grant::Staff { facilities: facilities.clone() }),
        (json!({"courtd_role": "operator", "courtd_facilities": null, "sub": "ops"}), Grant::Operator),
    ] {
        let subject = claims(change.clone())["sub"].as_str().unwrap().to_owned();
        assert_eq!(verifier.who(&signed(change.clone())).await, Ok(Who::granted(&grant, &subject)), "{change}");
    }
}

#[tokio::test]
async fn a_token_that_is_stale_or_for_somebody_else_or_says_too_little_is_refused() {
    let verifier = hs256();
    let lacks = "The token lacks a claim that it must have: exp, iss or aud.";
    for (change, why) in [
        (json!({"exp": now() - 60}), "The token has expired."),
        (json!({"exp": null}), lacks),
        (json!({"exp": "tomorrow"}), lacks),
        (json!({"nbf": now() + 60}), "The token is not valid yet."),
        (json!({"aud": "others"}), "The token is for somebody else."),
        (json!({"aud": null}), lacks),
        (json!({"iss": "https://others.example"}), "The token is from somebody else."),
        (json!({"iss": null}), lacks),
        (json!({"sub": null}), "The token names no subject."),
        (json!({"sub": ""}), "The token names no subject."),
        (json!({"courtd_role": null}), "The token names no role."),
        (json!({"courtd_role": "public"}), "The token names no role."),
        (json!({"courtd_role": "king"}), "The token names no role."),
        (json!({"courtd_facilities": null}), "The token names no facilities, or not by their ids."),
        (json!({"courtd_facilities": []}), "The token names no facilities, or not by their ids."),
        (json!({"courtd_facilities": ["fac 1"]}), "The token names no facilities, or not by their ids."),
        (json!({"courtd_facilities": ["fac_1", 7]}), "The token names no facilities, or not by their ids."),
        (json!({"courtd_member": "m b r"}), "The token names no member, or not by its id."),
    ] {
        assert_eq!(verifier.who(&signed(change.clone())).await, refused(why), "{change}");
    }
}

#[tokio::test]
async fn a_token_that_was_changed_or_signed_by_another_is_refused() {
    let verifier = hs256();
    let unsigned = "The token is not signed by a key that is known here.";
    let good = signed(json!({}));
    let (head, payload, signature) = parts(&good);
    let other = signed(json!({"sub": "mbr_2"}));
    let stolen = format!("{head}.{}.{signature}", parts(&other).1);
    let another = encode(&Header::new(Algorithm::HS256), &claims(json!({})), &EncodingKey::from_secret(&[7; 40]));
    for forged in [stolen, another.unwrap(), format!("{head}.{payload}."), format!("{head}.{payload}.AAAA")] {
        assert_eq!(verifier.who(&forged).await, refused(unsigned), "{forged}");
    }
    for junk in ["", "a.b.c", "one two", &format!("{head}.{payload}"), &format!("{good}.{good}")] {
        assert!(verifier.who(junk).await.is_err(), "{junk}");
    }
    let mut header = Header::new(Algorithm::HS256);
    header.crit = Some(vec!["b64".to_owned()]);
    let critical = encode(&header, &claims(json!({})), &EncodingKey::from_secret(SECRET.as_bytes())).unwrap();
    assert_eq!(verifier.who(&critical).await, refused("The token asks for something that is not known here."));
}

#[tokio::test]
async fn a_token_never_chooses_how_it_is_checked() {
    let (signs, public) = ed25519();
    let verifier = Verifier::new(&access(vec![KeySource::EdDsa(public.clone())]), Vec::new());
    let good = encode(&Header::new(Algorithm::EdDSA), &claims(json!({})), &signs).unwrap();
    assert!(verifier.who(&good).await.is_ok());

    // The public key, known to everybody, used as the secret of an HMAC: as text, and as its bytes.
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{ED25519_PEM}{public}=\n-----END PUBLIC KEY-----\n");
    for secret in [public.as_bytes(), pem.as_bytes()] {
        let key = EncodingKey::from_secret(secret);
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            let forged = encode(&Header::new(algorithm), &claims(json!({})), &key).unwrap();
            assert!(verifier.who(&forged).await.is_err(), "{algorithm:?}");
        }
    }
    // No signature at all, in every spelling.
    let payload = base64url(claims(json!({})).to_string().as_bytes());
    for none in ["none", "None", "NONE", ""] {
        let head = base64url(json!({"typ": "JWT", "alg": none}).to_string().as_bytes());
        for signature in ["", "AAAA", parts(&good).2] {
            let forged = format!("{head}.{payload}.{signature}");
            assert!(verifier.who(&forged).await.is_err() && hs256().who(&forged).await.is_err(), "{none}");
        }
    }
    // A key that the token brings along is nobody's.
    let (stranger, strangers_public) = ed25519();
    let mut header = Header::new(Algorithm::EdDSA);
    header.jwk = Some(serde_json::from_value(json!({"kty": "OKP", "crv": "Ed25519", "x": strangers_public})).unwrap());
    let forged = encode(&header, &claims(json!({})), &stranger).unwrap();
    assert!(verifier.who(&forged).await.is_err());
}

#[test]
fn an_ed25519_key_is_read_as_pem_and_as_the_x_of_a_jwk() {
    let (_, x) = ed25519();
    let standard = x.replace('-', "+").replace('_', "/");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{ED25519_PEM}{standard}=\n-----END PUBLIC KEY-----\n");
    for text in [x.clone(), format!("{x}\n"), pem.clone(), format!("{ED25519_PEM}{standard}=")] {
        assert!(VerifyingKey::ed25519(&text).is_some(), "{text}");
    }
    let rsa = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA";
    for text in ["", "no key", rsa, &x[1..], &pem.replace("MCow", "MCox")] {
        assert!(VerifyingKey::ed25519(text).is_none(), "{text}");
    }
}

#[test]
fn of_a_set_only_public_keys_that_sign_are_taken() {
    let (_, x) = ed25519();
    let algorithm = |jwk: Value| {
        let jwk: Jwk = serde_json::from_value(jwk).unwrap();
        VerifyingKey::of_jwk(&jwk).map(|key| key.algorithm)
    };
    let n = base64url(&[0xab; 256]);
    let (p256, p384) = (base64url(&[3; 32]), base64url(&[3; 48]));
    for (jwk, expected) in [
        (json!({"kty": "OKP", "crv": "Ed25519", "x": x}), Some(Algorithm::EdDSA)),
        (json!({"kty": "OKP", "crv": "Ed25519", "x": x, "use": "sig", "alg": "EdDSA"}), Some(Algorithm::EdDSA)),
        (json!({"kty": "OKP", "crv": "Ed25519", "x": x, "use": "enc"}), None),
        (json!({"kty": "RSA", "n": n, "e": "AQAB"}), Some(Algorithm::RS256)),
        (json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "PS256"}), Some(Algorithm::PS256)),
        (json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "HS256"}), None),
        (json!({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RSA-OAEP"}), None),
        (json!({"kty": "EC", "crv": "P-256", "x": p256, "y": p256}), Some(Algorithm::ES256)),
        (json!({"kty": "EC", "crv": "P-384", "x": p384, "y": p384}), Some(Algorithm::ES384)),
        (json!({"kty": "oct", "k": base64url(&[7; 32]), "alg": "HS256"}), None),
    ] {
        assert_eq!(algorithm(jwk.clone()), expected, "{jwk}");
    }
}

fn parts(token: &str) -> (&str, &str, &str) {
    let (head, rest) = token.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    (head, payload, signature)
}
