# The VM's userland, for prepare: Debian's packages in one image, userland.img, made anew when the list of them changes.
# What their scripts would have done is done here, as far as the lab needs it. Uses: cannot, lay_strongswan, libreswan, strongswans, suite, unpack.

userland=(libreswan systemd systemd-sysv dbus iproute2 iputils-ping ethtool nftables iptables kmod libcap2-bin python3 dpkg
    base-files base-passwd bash coreutils dash debianutils diffutils findutils grep gzip hostname init-system-helpers libc-bin libpam-runtime
    login mawk mount passwd perl-base procps sed tar tzdata util-linux)
# Also anew when what is done with them changes.
made_of=$(printf '%s\n' "$suite" "${userland[@]}" | cat - "$here/userland.sh" "$here/strongswan.sh" | sha256sum)

configure_userland() { # configure_userland FOLDER
    local name
    rmdir "$1/var/run" "$1/var/lock"; ln -s /run "$1/var/run"; ln -s /run/lock "$1/var/lock"
    mkdir -p "$1"/usr/local/{bin,sbin,lib,share} "$1"/{mnt,media,opt,srv} "$1/var/mail"
    cp "$1/usr/share/base-files/profile" "$1/etc/profile"
    # Accounts: what base-passwd and the packages' scripts make.
    cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"
    cp "$1/usr/share/base-passwd/group.master" "$1/etc/group"
    printf '%s\n' messagebus:x:100:107::/nonexistent:/usr/sbin/nologin systemd-network:x:998:998::/:/usr/sbin/nologin >>"$1/etc/passwd"
    printf '%s\n' systemd-journal:x:101: messagebus:x:107: systemd-network:x:998: kvm:x:104: render:x:105: sgx:x:106: >>"$1/etc/group"
    sed 's/:.*/:*:19000:0:99999:7:::/' "$1/etc/passwd" >"$1/etc/shadow"
    sed 's/:.*/:*::/' "$1/etc/group" >"$1/etc/gshadow"
    cp "$1/usr/share/libc-bin/nsswitch.conf" "$1/etc/nsswitch.conf"
    cp "$1"/usr/share/pam/common-* "$1/etc/pam.d/"
    sed -i '/^\$/d' "$1"/etc/pam.d/common-* # where pam-auth-update puts its modules
    for name in auth account password session session-noninteractive; do
        echo "${name%-noninteractive} required pam_permit.so" >>"$1/etc/pam.d/common-$name"
    done
    # A fixed identity: without one systemd takes the boot for a machine's first, and enables every unit.
    echo swanwatch-lab | md5sum | cut -c-32 >"$1/etc/machine-id"
    echo lab >"$1/etc/hostname"
    : >"$1/etc/resolv.conf"
    echo '127.0.0.1 localhost lab' >"$1/etc/hosts"
    # Alternatives.
    ln -sf mawk "$1/usr/bin/awk"; ln -sf which.debianutils "$1/usr/bin/which"; ln -sf dash "$1/usr/bin/sh"
    for name in iptables iptables-save iptables-restore ip6tables ip6tables-save ip6tables-restore; do ln -sf xtables-nft-multi "$1/usr/sbin/$name"; done
    # libreswan's package enables its unit.
    mkdir -p "$1/etc/systemd/system/multi-user.target.wants"
    ln -sf /lib/systemd/system/ipsec.service "$1/etc/systemd/system/multi-user.target.wants/ipsec.service"
    chmod 700 "$1/var/lib/ipsec/nss" "$1/etc/ipsec.d"
    touch "$1/etc/.updated" "$1/var/.updated" # systemd has nothing to bring up to date
}

if [[ ! -e userland.img || $(cat userland.made_of 2>/dev/null) != "$made_of" ]]; then
    unpack "$suite" userland "${userland[@]}"
    grep -aq "Libreswan $libreswan\|^$libreswan" userland/usr/libexec/ipsec/pluto userland/usr/sbin/ipsec ||
        cannot "the package sources offer another libreswan for $suite than $libreswan"
    configure_userland userland
    while read -r from version more; do
        # shellcheck disable=SC2086 # a list of packages
        lay_strongswan "$from" "$version" "$LAB/userland/opt/strongswan-$version" $more
    done < <(strongswans)
    rm -rf userland/usr/share/{doc,man,locale,info,bash-completion} userland/usr/include
    "$here/tool" mksquashfs userland userland.img.new -quiet -no-progress -noappend -all-root -noI -noId -noD -noF -noX >userland.log 2>&1 ||
        cannot "mksquashfs failed: $(tail -3 userland.log)"
    mv userland.img.new userland.img
    rm -rf userland
    echo "$made_of" >userland.made_of
fi
