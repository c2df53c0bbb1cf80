# strongSwan for the userland, for prepare: each release in a folder of its own, /opt/strongswan-VERSION, which a scenario lays over the VM's
# /usr (library/charon.py): its packages and libreswan's exclude each other. Uses: apart, cannot, download, say.

# Debian, the release of strongSwan it is about, and the packages of its own libraries where the userland's are too old for it.
strongswans() {
    cat <<'ROWS'
bookworm 5.9.8
trixie   6.0.1 libc6 libcap2 libsystemd0
ROWS
}
# Debian's own choice of plugins is larger by those that speak of other hosts, of cards and of certificates.
strongswan_plugins=(nonce random kdf hmac sha1 sha2 aes gcm curve25519 pem pkcs1 pubkey x509 revocation constraints kernel-netlink
    socket-default vici counters updown drbg)

# lay_strongswan SUITE VERSION FOLDER [PACKAGE…]: what charon-systemd and swanctl need of it, in FOLDER/{usr,etc}.
lay_strongswan() {
    local from=$1 version=$2 folder=$3 whole=$3.whole plugin file; shift 3
    rm -rf "$folder" "$whole" debs; mkdir -p "$folder"/{etc/strongswan.d/charon,usr/sbin,usr/lib/ipsec/plugins,usr/lib/systemd/system} "$whole" debs
    (cd debs && download "$from" charon-systemd strongswan-swanctl strongswan-libcharon libstrongswan libstrongswan-standard-plugins \
        libstrongswan-extra-plugins libcharon-extra-plugins "$@")
    [[ $(echo debs/charon-systemd_*) == debs/charon-systemd_"$version"-* ]] || cannot "the package sources offer another strongSwan for $from than $version"
    for file in debs/*.deb; do dpkg-deb --fsys-tarfile "$file" | tar -x -C "$whole"; done
    cp "$whole"/usr/sbin/{charon-systemd,swanctl} "$folder/usr/sbin/"
    cp "$whole"/usr/lib/ipsec/lib{strongswan,charon,vici}.so.0 "$folder/usr/lib/ipsec/"
    for file in "$whole"/{usr/,}lib/systemd/system/strongswan.service; do [[ ! -e $file ]] || cp "$file" "$folder/usr/lib/systemd/system/"; done
    for plugin in "${strongswan_plugins[@]}"; do
        file=$whole/usr/lib/ipsec/plugins/libstrongswan-$plugin.so
        [[ ! -e $file ]] || cp "$file" "$folder/usr/lib/ipsec/plugins/"
        file=$whole/etc/strongswan.d/charon/$plugin.conf
        [[ ! -e $file ]] || cp "$file" "$folder/etc/strongswan.d/charon/"
    done
    cp "$whole/etc/strongswan.conf" "$folder/etc/"
    # swanctl would load what it speaks with by itself, and say of each that is not there that it is not.
    printf 'swanctl {\n  load = pem pkcs1 x509 revocation constraints pubkey random\n}\n' >"$folder/etc/strongswan.d/swanctl.conf"
    mkdir "$folder"/etc/swanctl{,/conf.d,/x509,/x509ca,/x509aa,/x509crl,/x509ocsp,/x509ac,/pubkey,/private,/rsa,/ecdsa,/bliss,/pkcs8,/pkcs12}
    cp "$whole/etc/swanctl/swanctl.conf" "$folder/etc/swanctl/"
    if (($#)); then
        mkdir -p "$folder"/usr/{lib64,lib/x86_64-linux-gnu}
        for file in "$whole"/{usr/,}lib/x86_64-linux-gnu/*.so*; do [[ ! -e $file ]] || cp -a "$file" "$folder/usr/lib/x86_64-linux-gnu/"; done
        ln -s ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 "$folder/usr/lib64/ld-linux-x86-64.so.2"
    fi
    rm -rf "$whole" debs
}
