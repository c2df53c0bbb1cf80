# One kernel for the VM, for prepare: $release and its modules, those that Debian leaves out among them, in $kernel, which is the folder that
# prepare is in. Uses: cannot, download, apart, here, kernel, from, release, version, series, newest, nic, say.

# More than the packages of one kernel ever were.
most_megabytes=500

# megabytes_of PACKAGE=VERSION…: how much that is to download; fails where Debian has not all of it.
megabytes_of() {
    local listed; listed=$(apart "$from" apt-get download --print-uris "$@" 2>/dev/null) || return
    awk '{bytes += $3} END {printf "%d", bytes / 1e6}' <<<"$listed"
}

# newest_release PATTERN: of the kernels of some series the newest that can be had without a signature, or with one that nobody minds.
newest_release() {
    apart "$from" apt-cache search --names-only "^linux-(image|binary)-$1\\.[0-9]+(-[0-9]+|\\+deb[0-9]+)-amd64(-unsigned)?\$" |
        awk '/^linux-binary-|-unsigned /{print $1}' | sed 's/^linux-[a-z]*-//; s/-unsigned$//' | sort -V | tail -1
}

# take_newest PATTERN: sets release and version to it.
take_newest() {
    release=$(newest_release "$1")
    [[ -n $release ]] || cannot "the package sources offer no kernel $series for amd64 in Debian $from"
    version=$(apart "$from" apt-cache policy "linux-headers-$release" | awk '/Candidate/{print $2}')
}

# What makes that kernel: its image (since 7.2 in three packages), its headers, its source.
kernel_packages() {
    local image=("linux-image-$release-unsigned")
    apart "$from" apt-cache show "linux-binary-$release" >/dev/null 2>&1 && image=("linux-binary-$release" "linux-modules-$release" "linux-base-$release")
    local kbuild
    kbuild=$(apart "$from" apt-cache show "linux-headers-$release=$version" 2>/dev/null | awk 'match($0, /linux-kbuild-[^ ,]*/) {print substr($0, RSTART, RLENGTH)}' | uniq)
    printf "%s=$version\n" "${image[@]}" "linux-headers-$release" "linux-headers-${release%-amd64}-common" "$kbuild" \
        "linux-source-$(cut -d. -f1,2 <<<"$release")"
}

fetch_kernel() {
    local packages megabytes one source
    mapfile -t packages < <(kernel_packages)
    if ! megabytes=$(megabytes_of "${packages[@]}"); then
        take_newest "${series/./\\.}"
        mapfile -t packages < <(kernel_packages)
        megabytes=$(megabytes_of "${packages[@]}") || cannot "the package sources do not offer all of $release: ${packages[*]}"
        [[ $release == "$pinned" ]] || say "Debian $from offers no $pinned any more; it is $release instead (see tests/lab/kernels)"
    fi
    ((megabytes <= most_megabytes)) || cannot "the packages of $release are $megabytes MB, more than $most_megabytes: ${packages[*]}"
    rm -rf headers netdevsim netdevsim.plain swnic boot lib ./*.deb
    download "$from" "${packages[@]}"
    for one in linux-{image,binary,modules,base}-*.deb; do [[ ! -e $one ]] || dpkg-deb -x "$one" .; done
    if [[ -d usr/lib/modules ]]; then # since 7.2
        mkdir -p boot lib; mv usr/lib/modules lib/
        for one in vmlinuz config System.map; do mv "lib/modules/$release/$one" "boot/$one-$release"; done
    fi
    for one in linux-headers-*.deb linux-kbuild-*.deb; do dpkg-deb -x "$one" headers; done
    sed -i "s|/usr/src/|$kernel/headers&|" "headers/usr/src/linux-headers-$release/Makefile"
    with_newer_libraries
    source=$(cut -d. -f1,2 <<<"$release")
    dpkg-deb --fsys-tarfile "linux-source-${source}"_*.deb | tar -xO "./usr/src/linux-source-$source.tar.xz" |
        tar -xJ "linux-source-$source/drivers/net/netdevsim" --strip-components=3
    rm -f ./*.deb
    echo "$release" > release
    echo "$pinned" > made_for
}

# Programs of a newer Debian's headers that this one's C library is too old for are run by the library that came with a newer libreswan.
with_newer_libraries() {
    local file newer=$LAB/libreswan-5
    while read -r file; do
        [[ $(ldd "$file" 2>&1) == *GLIBC_*'not found'* ]] || continue
        mv "$file" "$file.elf"
        printf '#!/bin/sh\nexec %q --library-path %q "$0.elf" "$@"\n' "$newer/lib64/ld-linux-x86-64.so.2" "$newer/usr/lib/x86_64-linux-gnu" >"$file"
        chmod 755 "$file"
    done < <(find headers/usr/lib/linux-kbuild-* -type f -perm /111)
}

module() { # module NAME OPTION…: build the kernel module in the folder of its name, and put it with the others
    say "building the kernel module $1"
    local compiler=() headers=headers/usr/src/linux-headers-$release
    grep -qs 'gcc-12$' "$headers/.kernelvariables" || compiler=(CC="$here/compiler" HOSTCC=gcc-12)
    # Without BTF, which only BPF programs need and pahole would have to make.
    make -s -C "$headers" M="$PWD/$1" CONFIG_DEBUG_INFO_BTF_MODULES= "${compiler[@]}" "${@:2}" >"$1.log" 2>&1 || cannot "$1 does not build: $(tail -5 "$1.log")"
    install -D "$1/$1.ko" "lib/modules/$release/extra/$1.ko"
    rm -f "lib/modules/$release/modules.dep"
}

# older MODULE FILE…: whether the module is older than one of these, or not there.
older() { [[ -n $(find "${@:2}" -type f -newer "lib/modules/$release/extra/$1.ko" 2>&1 | head -1) ]]; }

# netdevsim: the kernel's own NIC simulator; Debian leaves it out, so it is built against Debian's headers. Where two of them cannot be
# linked, they are taught to.
make_netdevsim() {
    if [[ ! -d netdevsim.plain ]] && ! grep -q link_device netdevsim/bus.c; then
        rm -rf netdevsim.new; cp -r netdevsim netdevsim.new; mv netdevsim.new netdevsim.plain
    fi
    if [[ -d netdevsim.plain ]] && older netdevsim "$here/netdevsim"; then
        rm -rf netdevsim; cp -r netdevsim.plain netdevsim; cp "$here/netdevsim/link.c" netdevsim/
        (cd netdevsim && "$here/tool" busybox patch -p1 -i "$here/netdevsim/link.patch") >netdevsim.log 2>&1 ||
            cannot "netdevsim of $release does not take netdevsim/link.patch: $(tail -3 netdevsim.log)"
        rm -f "lib/modules/$release/extra/netdevsim.ko"
    fi
    [[ -e lib/modules/$release/extra/netdevsim.ko ]] || module netdevsim CONFIG_NETDEVSIM=m CONFIG_PSAMPLE=m
}

# swnic: our own NIC, which does what netdevsim only pretends to; anew when one of its sources has changed.
make_nic() {
    older swnic "$here"/nic/{Kbuild,*.[ch]} || return 0
    rm -rf swnic && mkdir swnic && cp "$here"/nic/{Kbuild,*.[ch]} swnic/
    module swnic W=1 cmd_checkdoc= # every warning, but none about comments: that would take all of perl
}

if [[ -n $newest ]]; then
    pinned=$release
    # Backports hold one kernel after the other, whatever its series.
    if [[ $from == *-backports ]]; then take_newest '[0-9]+\.[0-9]+'; else take_newest "${series/./\\.}"; fi
    if [[ $release == "$pinned" ]]; then
        rm -rf "$LAB/apt" apt.log; rmdir --ignore-fail-on-non-empty "$kernel"
        echo "the newest kernel for $series is the pinned one ($release)"
        exit
    fi
fi
pinned=$release
# Made for another pin; before there were pins it was the newest.
[[ $(cat made_for release 2>/dev/null | head -1) == "$pinned" ]] || rm -f release
[[ ! -e release ]] || release=$(cat release)
if [[ ! -e release || ! -e boot/vmlinuz-$release || ! -e headers/usr/src/linux-headers-$release ]]; then fetch_kernel; fi
make_netdevsim
[[ $nic != yes ]] || make_nic
[[ -e lib/modules/$release/modules.dep ]] || "$here/tool" depmod -b . "$release"
