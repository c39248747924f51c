/** The C functions in use, each with its prototype. */

/** libc.so.6. `syscall` stands for bpf(2), which glibc does not wrap. */
export const LIBC_SYMBOLS = {
  // int *__errno_location(void)
  __errno_location: { parameters: [], result: "pointer" },
  // char *strerror(int)
  strerror: { parameters: ["i32"], result: "pointer" },
  // long syscall(long number, int cmd, union bpf_attr *attr, unsigned int size)
  syscall: { parameters: ["i64", "i32", "buffer", "u32"], result: "i64" },
  // void *mmap(void *, size_t, int prot, int flags, int fd, off_t)
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  // int munmap(void *, size_t)
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  // int open(const char *, int flags, ...)
  open: { parameters: ["buffer", "i32"], result: "i32" },
  // int fcntl(int, int command, ...); a variadic int is passed like any other on both architectures
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  // int close(int)
  close: { parameters: ["i32"], result: "i32" },
  // ssize_t write(int, const void *, size_t)
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  // int eventfd(unsigned int, int)
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  // int epoll_create1(int)
  epoll_create1: { parameters: ["i32"], result: "i32" },
  // int epoll_ctl(int, int op, int fd, struct epoll_event *)
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  // int epoll_wait(int, struct epoll_event *, int, int timeout_ms)
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32", nonblocking: true },
  // long sysconf(int)
  sysconf: { parameters: ["i32"], result: "i64" },
  // int clock_gettime(clockid_t, struct timespec *)
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },
  // int vsnprintf(char *, size_t, const char *, va_list)
  vsnprintf: { parameters: ["buffer", "usize", "pointer", "pointer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** libbpf.so.1, what has been there since 1.0. Results: a pointer or NULL with errno, or a negative errno. */
export const LIBBPF_SYMBOLS = {
  // const char *libbpf_version_string(void)
  libbpf_version_string: { parameters: [], result: "pointer" },
  // libbpf_print_fn_t libbpf_set_print(libbpf_print_fn_t)
  libbpf_set_print: { parameters: ["function"], result: "pointer" },
  // int libbpf_num_possible_cpus(void)
  libbpf_num_possible_cpus: { parameters: [], result: "i32" },
  // struct bpf_object *bpf_object__open_mem(const void *, size_t, const struct bpf_object_open_opts *)
  bpf_object__open_mem: { parameters: ["buffer", "usize", "pointer"], result: "pointer" },
  // int bpf_object__load(struct bpf_object *)
  bpf_object__load: { parameters: ["pointer"], result: "i32" },
  // void bpf_object__close(struct bpf_object *)
  bpf_object__close: { parameters: ["pointer"], result: "void" },
  // struct bpf_map *bpf_object__find_map_by_name(const struct bpf_object *, const char *)
  bpf_object__find_map_by_name: { parameters: ["pointer", "buffer"], result: "pointer" },
  // struct bpf_program *bpf_object__find_program_by_name(const struct bpf_object *, const char *)
  bpf_object__find_program_by_name: { parameters: ["pointer", "buffer"], result: "pointer" },
  // int bpf_map__set_initial_value(struct bpf_map *, const void *, size_t)
  bpf_map__set_initial_value: { parameters: ["pointer", "buffer", "usize"], result: "i32" },
  // int bpf_map__reuse_fd(struct bpf_map *, int fd)
  bpf_map__reuse_fd: { parameters: ["pointer", "i32"], result: "i32" },
  // int bpf_map__fd(const struct bpf_map *)
  bpf_map__fd: { parameters: ["pointer"], result: "i32" },
  // const struct bpf_insn *bpf_program__insns(const struct bpf_program *)
  bpf_program__insns: { parameters: ["pointer"], result: "pointer" },
  // size_t bpf_program__insn_cnt(const struct bpf_program *)
  bpf_program__insn_cnt: { parameters: ["pointer"], result: "usize" },
  // int bpf_map_create(enum bpf_map_type, const char *, __u32 key, __u32 value, __u32 entries, const struct bpf_map_create_opts *)
  bpf_map_create: { parameters: ["i32", "buffer", "u32", "u32", "u32", "buffer"], result: "i32" },
  // int bpf_map_lookup_elem(int fd, const void *key, void *value)
  bpf_map_lookup_elem: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int bpf_map_lookup_batch(int fd, void *in_batch, void *out_batch, void *keys, void *values, __u32 *count, const struct bpf_map_batch_opts *)
  bpf_map_lookup_batch: {
    parameters: ["i32", "buffer", "buffer", "buffer", "buffer", "buffer", "buffer"],
    result: "i32",
  },
  // int bpf_map_get_next_key(int fd, const void *cur_key, void *next_key)
  bpf_map_get_next_key: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  // int bpf_map_delete_elem(int fd, const void *key)
  bpf_map_delete_elem: { parameters: ["i32", "buffer"], result: "i32" },
  // int bpf_program__fd(const struct bpf_program *)
  bpf_program__fd: { parameters: ["pointer"], result: "i32" },
  // int bpf_program__set_expected_attach_type(struct bpf_program *, enum bpf_attach_type)
  bpf_program__set_expected_attach_type: { parameters: ["pointer", "i32"], result: "i32" },
  // int bpf_program__set_flags(struct bpf_program *, __u32 flags)
  bpf_program__set_flags: { parameters: ["pointer", "u32"], result: "i32" },
  // int bpf_program__set_log_buf(struct bpf_program *, char *, size_t)
  bpf_program__set_log_buf: { parameters: ["pointer", "buffer", "usize"], result: "i32" },
  // struct bpf_link *bpf_program__attach_uprobe_opts(const struct bpf_program *, pid_t, const char *, size_t, const struct bpf_uprobe_opts *)
  bpf_program__attach_uprobe_opts: {
    parameters: ["pointer", "i32", "buffer", "usize", "buffer"],
    result: "pointer",
  },
  // int bpf_link__destroy(struct bpf_link *)
  bpf_link__destroy: { parameters: ["pointer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;
