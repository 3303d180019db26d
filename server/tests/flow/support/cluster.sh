# Makes a PostgreSQL cluster in a folder, says `ready`, and removes it all once its standard input is
# closed: that is when the test process has ended, however it ended.
# Arguments: folder, folder of PostgreSQL's programs, user to run it as (empty: the present one), `on` when
# commits are to be flushed to the disk, else `off`.
set -eu
folder=$1 programs=$2 user=$3 flush=$4 ready=

as_user() {
    if [ -n "$user" ]; then
        setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups "$@"
    else
        "$@"
    fi
}

finish() {
    as_user "$programs/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    [ -n "$ready" ] || cat "$folder/log"
    rm -rf "$folder"
}
trap finish EXIT

cd "$folder"
[ -z "$user" ] || chown "$user" "$folder"
as_user sh -c 'exec "$1" -D data -U muster -A trust -E UTF8 --no-locale --no-sync >log 2>&1' - "$programs/initdb"
# Losing power costs a test's cluster nothing: it does not outlive the test.
as_user tee -a data/postgresql.conf >/dev/null <<END
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 300
shared_buffers = 32MB
fsync = $flush
full_page_writes = $flush
synchronous_commit = on
END
as_user "$programs/pg_ctl" -D data -l log -w -s start >/dev/null 2>&1
ready=yes
echo ready
cat >/dev/null
