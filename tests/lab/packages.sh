# Debian's packages for prepare: `need` installs some on this machine, `unpack` and `download` get others without it being changed.
# Uses: cannot, kept, suite.

say() { echo "prepare: $*"; }
installed() { [[ $(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null) == ii* ]]; }

# need PACKAGE…: install those that are not. What is installed already needs neither root nor the network.
need() {
    local missing=() one
    for one; do installed "$one" || missing+=("$one"); done
    ((${#missing[@]})) || return 0
    [[ $EUID == 0 ]] || cannot "these packages are not installed, and installing them needs root: ${missing[*]}"
    say "installing ${missing[*]}"
    apt-get update -qq >apt.log 2>&1 || cannot "apt-get update failed: $(tail -3 apt.log)"
    local install=(apt-get -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "${missing[@]}")
    "${install[@]}" --simulate >apt.log 2>&1 || cannot "apt-get cannot install ${missing[*]}: $(tail -3 apt.log)"
    refuse_harm apt.log
    DEBIAN_FRONTEND=noninteractive "${install[@]}" -qq >apt.log 2>&1 || cannot "apt-get could not install ${missing[*]}: $(tail -3 apt.log)"
}

# refuse_harm SIMULATION: what this machine has stays, and its IKE daemon, init and bus are not touched.
refuse_harm() {
    local harm
    harm=$(awk '/^(Remv|Purg) /{print $2}' "$1" | paste -sd, | sed 's/,/, /g')
    [[ -z $harm ]] || cannot "apt-get would remove $harm to install what the build needs; nothing was changed"
    harm=$(awk -v kept="^($kept)" '/^Inst / && $2 ~ kept {print $2}' "$1" | paste -sd, | sed 's/,/, /g')
    [[ -z $harm ]] || cannot "apt-get would install or upgrade $harm along with what the build needs; nothing was changed"
}

# apart SUITE PROGRAM ARGUMENT…: run one of apt's programs as if nothing were installed, with the packages of that Debian alone, by the
# mirrors that this machine has its own from.
apart() {
    local from=$1 program=$2 at=$LAB/apt/$1; shift 2
    local options=(-o "Dir::Etc::SourceList=$at/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null
        -o Dir::Etc::PreferencesParts=/dev/null -o "Dir::State::Lists=$at/lists" -o "Dir::State::Status=$at/status"
        -o "Dir::State::extended_states=$at/extended" -o "Dir::Cache::Archives=$at/archives" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
        -o Debug::NoLocking=true -o APT::Sandbox::User=root -o APT::Install-Recommends=false -o Acquire::Retries=3)
    if [[ ! -e $at/sources.list ]]; then
        mkdir -p "$at"/{lists,archives}/partial && : >"$at/status"
        [[ $EUID != 0 || -n $(apt-get indextargets --format '$(CODENAME)') ]] || apt-get update -qq >apt.log 2>&1 || true # a machine just made
        apt-get indextargets --format '$(CODENAME) $(REPO_URI)' | sort -u | awk -v ours="$suite" -v from="$from" '
            $1 == ours || (from == ours && ($1 == ours "-security" || $1 == ours "-updates")) {
                if ($1 == ours) $1 = from
                print "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]", $2, $1, "main"
            }' >"$at/sources.list.new"
        [[ -s $at/sources.list.new ]] || cannot "none of this machine's package sources is Debian's $suite, or apt-get update was never run"
        mv "$at/sources.list.new" "$at/sources.list"
        apt-get -qq "${options[@]}" update >apt.log 2>&1 || cannot "the lists of Debian $from could not be downloaded: $(tail -3 apt.log)"
    fi
    "$program" -qq "${options[@]}" "$@"
}

# download SUITE PACKAGE…: their files, into this folder.
download() {
    say "downloading ${*:2}"
    apart "$1" apt-get download "${@:2}" >apt.log 2>&1 || cannot "apt-get could not download ${*:2}: $(tail -3 apt.log)"
}

# unpack SUITE FOLDER PACKAGE…: those packages and all that they depend on, in a root of its own. No script of a package is run.
unpack() {
    local from=$1 folder=$2 package archives=$LAB/apt/$1/archives; shift 2
    say "downloading $1 of Debian $from, and what it needs, for $folder"
    rm -rf "$folder"; mkdir -p "$folder"/usr/{bin,sbin,lib,lib64}
    for package in bin sbin lib lib64; do ln -s "usr/$package" "$folder/$package"; done # a merged /usr, as an installed system has it
    rm -f "$archives"/*.deb
    apart "$from" apt-get install -y --download-only "$@" >apt.log 2>&1 || cannot "apt-get could not download $* of Debian $from: $(tail -3 apt.log)"
    for package in "$archives"/*.deb; do dpkg-deb --fsys-tarfile "$package" | tar -x --keep-directory-symlink -C "$folder"; done
    rm -f "$archives"/*.deb
    /sbin/ldconfig -r "$folder"
}
