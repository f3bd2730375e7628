/* A certificate and a key that the simulated firmware accepts. Made for tests; nothing trusts them.
 */
#ifndef TESTS_UNIT_SIM_METHOD_INPUTS_H
#define TESTS_UNIT_SIM_METHOD_INPUTS_H

/* A certificate of its own making: C=DE, O=Example, CN=sim-test; EC key P-256. */
#define INPUT_CERTIFICATE                                                              \
    "MIIBuzCCAWGgAwIBAgIUXQFRLXGeRu3vD6uPxBKIlpRXV9AwCgYIKoZIzj0EAwIwMjERMA8GA1UEAwwI" \
    "c2ltLXRlc3QxEDAOBgNVBAoMB0V4YW1wbGUxCzAJBgNVBAYTAkRFMCAXDTI2MTEyMjE2MzQzM1oYDzIw" \
    "NTQwNDA5MTYzNDMzWjAyMREwDwYDVQQDDAhzaW0tdGVzdDEQMA4GA1UECgwHRXhhbXBsZTELMAkGA1UE" \
    "BhMCREUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARuQxjX1DHTLzciVfuHVmUsERZbwrX31Ac+ZM33" \
    "CqWEsAXXYPPMjNnVtZW7A5D/QIIuHV/dtN45CPCj9bfSV06uo1MwUTAdBgNVHQ4EFgQUBP1s49MWUrMg" \
    "UDFqSKugqu+raF0wHwYDVR0jBBgwFoAUBP1s49MWUrMgUDFqSKugqu+raF0wDwYDVR0TAQH/BAUwAwEB" \
    "/zAKBggqhkjOPQQDAgNIADBFAiBdblL3kVRprS2aZzfebrBHNXm3nXTuLS7QKJ7983NlSwIhAOX+Etjm" \
    "ahARSpeoezz+mv/957RzNYgMPG9l4mtDSr18"
/* The PKCS#1 private key of an RSA pair of 1024 bits, and its public part. */
#define INPUT_KEY                                                                      \
    "MIICXQIBAAKBgQDLcxzCVxUpDgzei4OGzjZQRlZP+KZRRqhxsgoYKKgymqfN+e6lolOMfNs8v7SSS4T9" \
    "eb08O5tvTG5rLtuLx4v7U9+3dRvCtfIfqir51IIUZiuoIRJSwwVtkS8g5r2gYNjPcWzvcyuOvmgxd6PU" \
    "vc2XDnBDU0tncKVnocuPU04y1QIDAQABAoGBAK7gkq7mBbVVc3BzwanFZWBZJWX2WJfyQWYBYLXldLaS" \
    "w3zEwgKz5lcTF6w/KKq7qWPsGeJFZlUkAKG3FFYxPztPqoNabAXGKcSCZQnfUUSY3tKDqPB4oJxrPs/C" \
    "vNTMzlcuYfSWVcmCkW6PZa6eAaXREDO/JFRsr73AZ26naHj9AkEA8T/2ht83V9GEUPzIIYcvj3HS6/Cq" \
    "VHgy9S92uvK/6fM7V+4DKAmD3ZlIYa11dymoiEgGLYZmBmC/Y49CQihIjwJBANfjgGVTUxpBE/4Ur2el" \
    "lQipmAv3WClTjRdKuqyBaylOEpgpUM4qJ6t+WMBvgf34NWLjUbts8i16F8aabdZhGFsCQQCi9a7kKfGr" \
    "S2aSgj35j+SLg7qTD40u48agIkCURZdnQ5rJaYgOSmcdkAX5nP7k0Gn8LJKnu8o88qs1aDa8k5N3AkBp" \
    "kU7kvWUirnYHRbgsF7UT4lJ+b3oF41xX6mv0FOkA7rN7AqEH32c8nfDqUNyhAzGf5Ia//ttBz7U2oada" \
    "MGqHAkAkkydqU11g9O33009gtp19eFFYfHZItnGVHCzB+ffWVB7Tj16YKlJ/MQKAoNADq6DokFP4ABlF" \
    "kjWGTx9wTL4G"
#define INPUT_PUBLIC                                                                   \
    "MIGJAoGBAMtzHMJXFSkODN6Lg4bONlBGVk/4plFGqHGyChgoqDKap8357qWiU4x82zy/tJJLhP15vTw7" \
    "m29Mbmsu24vHi/tT37d1G8K18h+qKvnUghRmK6ghElLDBW2RLyDmvaBg2M9xbO9zK46+aDF3o9S9zZcO" \
    "cENTS2dwpWehy49TTjLVAgMBAAE="
/* A request for a certificate of that key: without a signature, and as OpenSSL signs it with
 * SHA-256. */
#define INPUT_REQUEST                                                                  \
    "MIIBUjCBvAIBADATMREwDwYDVQQDDAhzaW0tdGVzdDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA" \
    "y3McwlcVKQ4M3ouDhs42UEZWT/imUUaocbIKGCioMpqnzfnupaJTjHzbPL+0kkuE/Xm9PDubb0xuay7b" \
    "i8eL+1Pft3UbwrXyH6oq+dSCFGYrqCESUsMFbZEvIOa9oGDYz3Fs73Mrjr5oMXej1L3Nlw5wQ1NLZ3Cl" \
    "Z6HLj1NOMtUCAwEAAaAAMA0GCSqGSIb3DQEBCwUAA4GBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define INPUT_SIGNED                                                                   \
    "MIIBUjCBvAIBADATMREwDwYDVQQDDAhzaW0tdGVzdDCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA" \
    "y3McwlcVKQ4M3ouDhs42UEZWT/imUUaocbIKGCioMpqnzfnupaJTjHzbPL+0kkuE/Xm9PDubb0xuay7b" \
    "i8eL+1Pft3UbwrXyH6oq+dSCFGYrqCESUsMFbZEvIOa9oGDYz3Fs73Mrjr5oMXej1L3Nlw5wQ1NLZ3Cl" \
    "Z6HLj1NOMtUCAwEAAaAAMA0GCSqGSIb3DQEBCwUAA4GBAAPpS+TMUCP5HKbzKep4Ulp4TMpKzhWl0dxt" \
    "CqXHfa+7o7ZubJoywa9RuPX3tf2JpkXu4ncmGSFXR+n+pXBSBnFKdSQ2eMsaw8LiAeHc914CC+FY6/7n" \
    "JX0edkBGjIT7tP8kyXB4wvKGGFQV8NJFFjFrSUB4emd9m9nZyyhkOevm"

#endif
