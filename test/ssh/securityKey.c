/*
 * A security key of software for the tests: middleware as OpenSSH loads it by SecurityKeyProvider (version 10 of its
 * interface), for Ed25519 and nothing else. Nobody has to touch it. The key handle is the private key itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct enrolled {
  uint8_t flags;
  uint8_t *public_key; size_t public_key_len;
  uint8_t *key_handle; size_t key_handle_len;
  uint8_t *signature; size_t signature_len;
  uint8_t *attestation_cert; size_t attestation_cert_len;
  uint8_t *authdata; size_t authdata_len;
};
struct signature {
  uint8_t flags;
  uint32_t counter;
  uint8_t *r; size_t r_len;
  uint8_t *s; size_t s_len;
};

/* Of libcrypto; declared here, since its headers are often not installed. */
typedef struct evp_pkey_st EVP_PKEY;
typedef struct evp_md_ctx_st EVP_MD_CTX;
extern EVP_PKEY *EVP_PKEY_new_raw_private_key(int type, void *engine, const uint8_t *key, size_t length);
extern int EVP_PKEY_get_raw_public_key(const EVP_PKEY *key, uint8_t *to, size_t *length);
extern EVP_MD_CTX *EVP_MD_CTX_new(void);
extern int EVP_DigestSignInit(EVP_MD_CTX *context, void *pkey_context, const void *type, void *engine, EVP_PKEY *key);
extern int EVP_DigestSign(EVP_MD_CTX *context, uint8_t *to, size_t *length, const uint8_t *data, size_t size);
extern uint8_t *SHA256(const uint8_t *data, size_t size, uint8_t *to);
extern int RAND_bytes(uint8_t *to, int size);

enum { ed25519 = 1, evp_ed25519 = 1087, failed = -1, unsupported = -2, user_present = 1 };

uint32_t sk_api_version(void) { return 0x000a0000; }

static uint8_t *copy(const uint8_t *from, size_t size) {
  uint8_t *to = malloc(size);
  if (to) memcpy(to, from, size);
  return to;
}

int sk_enroll(uint32_t algorithm, const uint8_t *challenge, size_t challenge_len, const char *application,
    uint8_t flags, const char *pin, void **options, struct enrolled **result) {
  (void)challenge, (void)challenge_len, (void)application, (void)pin, (void)options;
  uint8_t secret[32], public[32];
  size_t length = sizeof public;
  if (algorithm != ed25519) return unsupported;
  struct enrolled *made = calloc(1, sizeof *made);
  if (!made || RAND_bytes(secret, sizeof secret) != 1) return failed;
  EVP_PKEY *key = EVP_PKEY_new_raw_private_key(evp_ed25519, NULL, secret, sizeof secret);
  if (!key || EVP_PKEY_get_raw_public_key(key, public, &length) != 1) return failed;
  made->flags = flags;
  made->public_key = copy(public, made->public_key_len = sizeof public);
  made->key_handle = copy(secret, made->key_handle_len = sizeof secret);
  made->signature = copy(public, made->signature_len = sizeof public);
  made->attestation_cert = copy(public, made->attestation_cert_len = sizeof public);
  made->authdata = copy(public, made->authdata_len = sizeof public);
  *result = made;
  return 0;
}

/* What a key signs: the application's digest, flags, counter, the message's digest. */
int sk_sign(uint32_t algorithm, const uint8_t *data, size_t size, const char *application, const uint8_t *handle,
    size_t handle_len, uint8_t flags, const char *pin, void **options, struct signature **result) {
  (void)flags, (void)pin, (void)options;
  uint8_t signed_data[32 + 1 + 4 + 32] = {0};
  size_t length = 64;
  if (algorithm != ed25519 || handle_len != 32) return unsupported;
  struct signature *made = calloc(1, sizeof *made);
  EVP_PKEY *key = EVP_PKEY_new_raw_private_key(evp_ed25519, NULL, handle, handle_len);
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  if (!made || !key || !context || !(made->r = malloc(length))) return failed;
  SHA256((const uint8_t *)application, strlen(application), signed_data);
  signed_data[32] = made->flags = user_present;
  signed_data[36] = made->counter = 1;
  SHA256(data, size, signed_data + 37);
  if (EVP_DigestSignInit(context, NULL, NULL, NULL, key) != 1 ||
      EVP_DigestSign(context, made->r, &length, signed_data, sizeof signed_data) != 1) return failed;
  made->r_len = length;
  *result = made;
  return 0;
}

int sk_load_resident_keys(const char *pin, void **options, void ***keys, size_t *count) {
  (void)pin, (void)options, (void)keys, (void)count;
  return unsupported;
}
