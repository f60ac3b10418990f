// Two-phase commit with N resource managers, searched breadth first by hand-written code: what the benchmark compares with.
// One 64-bit word a state: 2 bits a resource manager, 2 for the transaction manager, N prepared bits, N + 2 message bits.
// Plain: one state after the other, linear probing, no batches, no prefetch. Checks the same invariant on each new state.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int argc, char **argv) {
    const int n = argc > 1 ? std::atoi(argv[1]) : 9;
    const int tm = 2 * n, prepared = tm + 2, sent = prepared + n;
    const uint64_t one = 1, all = (one << n) - 1, commit = one << (sent + n), abort_ = one << (sent + n + 1);
    uint64_t odd = 0;
    for (int r = 0; r < n; r++) odd |= one << (2 * r);
    enum { WORKING, PREPARED, COMMITTED, ABORTED };

    uint64_t capacity = one << 16, generated = 1;
    std::vector<uint64_t> table(capacity, 0), states{0};
    auto place = [&](std::vector<uint64_t> &t, uint64_t s) -> bool {
        uint64_t h = (s + 1) * 0x9E3779B97F4A7C15ull;
        for (uint64_t i = (h ^ (h >> 32)) & (t.size() - 1);; i = (i + 1) & (t.size() - 1)) {
            if (t[i] == s + 1) return false;
            if (t[i] == 0) { t[i] = s + 1; return true; }
        }
    };
    place(table, 0);
    auto visit = [&](uint64_t s) {
        generated++;
        if (!place(table, s)) return;
        uint64_t high = (s >> 1) & odd, low = s & odd;
        if ((high & low) && (high & ~low)) { std::puts("inconsistent"); std::exit(12); }
        states.push_back(s);
        if (2 * states.size() > table.size()) {
            std::vector<uint64_t> larger(2 * table.size(), 0);
            for (uint64_t old : states) place(larger, old);
            table.swap(larger);
        }
    };
    for (size_t at = 0; at < states.size(); at++) {
        const uint64_t s = states[at];
        const bool initial = ((s >> tm) & 3) == 0;
        if (initial) {
            for (int r = 0; r < n; r++)
                if (s >> (sent + r) & 1) visit(s | one << (prepared + r));
            if (((s >> prepared) & all) == all) visit(s | one << tm | commit);
            visit(s | (uint64_t)2 << tm | abort_);
        }
        for (int r = 0; r < n; r++) {
            const uint64_t rest = s & ~((uint64_t)3 << (2 * r));
            if ((s >> (2 * r) & 3) == WORKING) {
                visit(rest | (uint64_t)PREPARED << (2 * r) | one << (sent + r));
                visit(rest | (uint64_t)ABORTED << (2 * r));
            }
            if (s & commit) visit(rest | (uint64_t)COMMITTED << (2 * r));
            if (s & abort_) visit(rest | (uint64_t)ABORTED << (2 * r));
        }
    }
    std::printf("%zu %llu\n", states.size(), (unsigned long long)generated);
}
