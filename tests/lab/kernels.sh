# The table `kernels`, for prepare and vm. Uses: here, LAB.

# kernel_rows [SERIES]: the table without its comments, or one row of it.
kernel_rows() { awk -v wanted="${1-}" '!/^#/ && NF && (wanted == "" || $1 == wanted)' "$here/kernels"; }

# kernel_folder SERIES: where a kernel lies; the first of the table where it always did.
kernel_folder() {
    local first; read -r first _ < <(kernel_rows)
    if [[ $1 == "$first" ]]; then echo "$LAB"; else echo "$LAB/kernel-$1"; fi
}
