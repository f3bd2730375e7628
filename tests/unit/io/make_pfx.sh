#!/bin/sh
# Makes PKCS#12 files with the openssl command: make_pfx.sh FOLDER. The password is P@ssw0rd.
set -e
rm -rf "$1"
mkdir -p "$1"
cd "$1"
exec >log 2>&1
days=3650
request() { # NAME SUBJECT KEY-OPTIONS
    name=$1 subject=$2
    shift 2
    openssl req -new -newkey "$@" -nodes -keyout "$name.key" -subj "$subject" -out "$name.csr"
}
sign() { # NAME ISSUER EXTENSIONS
    printf '%b' "$3" > "$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days $days \
        -extfile "$1.ext" -out "$1.pem"
}
ca='basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\n'
oid='extendedKeyUsage=serverAuth,2.16.840.1.113741.1.2.3\nkeyUsage=digitalSignature\n'

openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -subj '/CN=Root' -days $days -out root.pem
request inter1 '/CN=Intermediate 1' rsa:2048
sign inter1 root "$ca"
request inter2 '/CN=Intermediate 2' rsa:2048
sign inter2 inter1 "$ca"
request leaf '/C=DE/CN=amt.example.com' rsa:2048
sign leaf inter2 "$oid"
request ou '/OU=Intel(R) Client Setup Certificate/CN=amt.example.com' rsa:2048
sign ou root 'keyUsage=keyEncipherment\n'
request ec '/CN=ec.example.com' ec -pkeyopt ec_paramgen_curve:secp384r1
sign ec root "$oid"
openssl req -x509 -key root.key -subj '/CN=Intermediate 2' -days $days -out imposter.pem

cat inter2.pem inter1.pem root.pem > chain.pem
export='openssl pkcs12 -export -passout pass:P@ssw0rd'
$export -in leaf.pem -inkey leaf.key -certfile chain.pem -out aes.pfx
$export -in leaf.pem -inkey leaf.key -certfile chain.pem -legacy -out legacy.pfx
$export -in leaf.pem -inkey leaf.key -certfile chain.pem -certpbe PBE-SHA1-3DES \
    -keypbe PBE-SHA1-3DES -macalg sha1 -out triple.pfx
$export -in leaf.pem -inkey leaf.key -certfile chain.pem -certpbe PBE-SHA1-RC4-128 \
    -keypbe PBE-SHA1-RC2-128 -legacy -out rc4.pfx
$export -in leaf.pem -inkey leaf.key -certfile chain.pem -certpbe NONE -keypbe NONE -out plain.pfx
$export -in leaf.pem -inkey leaf.key -certfile chain.pem -nomac -out nomac.pfx
$export -in ou.pem -inkey ou.key -certfile root.pem -out ou.pfx
$export -in ec.pem -inkey ec.key -certfile root.pem -out ec.pfx
$export -in leaf.pem -nokeys -out nokey.pfx
$export -in leaf.pem -inkey leaf.key -certfile root.pem -out gap.pfx
$export -in leaf.pem -inkey leaf.key -out alone.pfx
cat imposter.pem root.pem > wrong.pem
$export -in leaf.pem -inkey leaf.key -certfile wrong.pem -out imposter.pfx
openssl pkcs12 -export -passout pass: -in leaf.pem -inkey leaf.key -certfile chain.pem -out empty.pfx
cat root.pem leaf.key inter1.pem inter2.pem leaf.pem > mixed.pem
openssl pkcs8 -topk8 -in leaf.key -passout pass:P@ssw0rd -out leaf.locked
cat leaf.pem chain.pem leaf.locked > locked.pem
openssl pkcs12 -in aes.pfx -passin pass:P@ssw0rd -nodes -out dumped.pem
