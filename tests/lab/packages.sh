# Debian's packages for prepare: `need` installs some on this machine, `unpack` puts others into a root of their own.
# Uses: cannot, kept, suite.

say() { echo "prepare: $*"; }
apt_updated=0
update() {
    ((apt_updated)) && return
    [[ $EUID == 0 ]] || return 0
    apt-get update -qq >apt.log 2>&1 || cannot "apt-get update failed: $(tail -3 apt.log)"
    apt_updated=1
}

installed() { [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]; }

# need PACKAGE…: install those that are not. What is installed already needs neither root nor the network.
need() {
    local missing=() one
    for one; do installed "$one" || missing+=("$one"); done
    ((${#missing[@]})) || return 0
    [[ $EUID == 0 ]] || cannot "these packages are not installed, and installing them needs root: ${missing[*]}"
    say "installing ${missing[*]}"
    update
    local install=(apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "${missing[@]}")
    "${install[@]}" --simulate >apt.log 2>&1 || cannot "apt-get cannot install ${missing[*]}: $(tail -3 apt.log)"
    refuse_harm apt.log
    DEBIAN_FRONTEND=noninteractive "${install[@]}" -qq >apt.log 2>&1 || cannot "apt-get could not install ${missing[*]}: $(tail -3 apt.log)"
}

# refuse_harm SIMULATION: what this machine has stays, and its IKE daemon, init and bus are not touched.
refuse_harm() {
    local harm
    harm=$(awk '/^(Remv|Purg) /{print $2}' "$1" | paste -sd, | sed 's/,/, /g')
    [[ -z $harm ]] || cannot "apt-get would remove $harm to install what QEMU and the build need; nothing was changed"
    harm=$(awk -v kept="^($kept)" '/^Inst / && $2 ~ kept {print $2}' "$1" | paste -sd, | sed 's/,/, /g')
    [[ -z $harm ]] || cannot "apt-get would install or upgrade $harm along with what QEMU and the build need; nothing was changed"
}

# unpack SUITE FOLDER PACKAGE…: those packages and all that they depend on, by the mirrors that this machine has its own from. No
# script of a package is run, and apt takes nothing for installed.
unpack() {
    local from=$1 folder=$2 package; shift 2
    say "downloading $1 of Debian $from, and what it needs, for $folder"
    rm -rf "$folder" "apt-$folder" && mkdir -p "$folder"/usr/{bin,sbin,lib,lib64} "apt-$folder"/{lists,archives}/partial
    for package in bin sbin lib lib64; do ln -s "usr/$package" "$folder/$package"; done
    touch "apt-$folder/status"
    apt-get indextargets --format '$(CODENAME) $(REPO_URI)' | sort -u | awk -v ours="$suite" -v from="$from" '
        $1 == ours || (from == ours && ($1 == ours "-security" || $1 == ours "-updates")) {
            if ($1 == ours) $1 = from
            print "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]", $2, $1, "main"
        }' >"apt-$folder/sources.list"
    apt_apart() {
        apt-get -qq -o "Dir::Etc::SourceList=$PWD/apt-$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null \
            -o Dir::Etc::PreferencesParts=/dev/null -o "Dir::State::Lists=$PWD/apt-$folder/lists" -o "Dir::State::Status=$PWD/apt-$folder/status" \
            -o "Dir::State::extended_states=$PWD/apt-$folder/extended" -o "Dir::Cache::Archives=$PWD/apt-$folder/archives" -o Dir::Cache::pkgcache= \
            -o Dir::Cache::srcpkgcache= -o Debug::NoLocking=true -o APT::Sandbox::User=root -o APT::Install-Recommends=false "$@" >apt.log 2>&1 ||
            cannot "apt-get could not download the packages of Debian $from for $folder: $(tail -3 apt.log)"
    }
    apt_apart update
    apt_apart install -y --download-only "$@"
    for package in "apt-$folder"/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$folder" # a merged /usr, as an installed system has it
    done
    /sbin/ldconfig -r "$folder"
    rm -rf "apt-$folder"
}
